"""Pictures of screens as the guides show them: small files, of at most 64 colours.

A screen has few colours besides those at the edges of letters. So the most frequent ones are kept,
and each other pixel takes the one that is nearest.
"""

import base64
import struct
import zlib
from typing import Any

from playwright.sync_api import Page

from infra.local.stack import ROOT

GUIDES = ROOT / "infra" / "guides"
SHOWN = frozenset(
    {
        *("queue", "second-person", "bulk", "approvals", "funds", "statement", "policy", "orders"),
        *("levels", "files", "people", "tokens", "webhooks"),
        *("claims", "claim", "file-a-claim", "earnings"),
    }
)
"""The shots that the guide of the console shows."""

PALETTE = """async png => {
    const image = await createImageBitmap(await (await fetch(png)).blob());
    const {width, height} = image;
    const drawn = new OffscreenCanvas(width, height).getContext("2d");
    drawn.drawImage(image, 0, 0);
    const {data} = drawn.getImageData(0, 0, width, height);
    const pixels = new Uint32Array(width * height), counts = new Map();
    for (let at = 0; at < pixels.length; at += 1) {
        const colour = (data[4 * at] << 16) | (data[4 * at + 1] << 8) | data[4 * at + 2];
        pixels[at] = colour;
        counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    const frequent = [...counts].sort((one, other) => other[1] - one[1]);
    const kept = frequent.slice(0, 64).map(each => each[0]);
    const far = (one, other) => [16, 8, 0].reduce(
        (left, by) => left + ((one >> by & 255) - (other >> by & 255)) ** 2, 0);
    const nearest = new Map(kept.map((each, at) => [each, at]));
    for (const colour of counts.keys()) if (!nearest.has(colour)) {
        let best = 0;
        kept.forEach((each, at) => { if (far(each, colour) < far(kept[best], colour)) best = at; });
        nearest.set(colour, best);
    }
    let text = "";
    for (const each of pixels) text += String.fromCharCode(nearest.get(each));
    return {width, height, colours: kept, pixels: btoa(text)};
}"""
"""Reduces a picture to colours and to the place of each pixel's colour among them."""


def keep(page: Page, name: str, screenshot: bytes) -> None:
    """Writes a screenshot as the guides' picture of that name."""
    told = f"data:image/png;base64,{base64.b64encode(screenshot).decode()}"
    blank = page.context.browser.new_page()
    try:
        (GUIDES / f"console-{name}.png").write_bytes(png(blank.evaluate(PALETTE, told)))
    finally:
        blank.close()


def png(reduced: dict[str, Any]) -> bytes:
    """A PNG of a palette: https://www.w3.org/TR/png-3/, colour type 3 with 8 bits a pixel."""
    width, height = reduced["width"], reduced["height"]
    pixels = base64.b64decode(reduced["pixels"])
    lines = b"".join(b"\0" + pixels[at : at + width] for at in range(0, width * height, width))
    colours = b"".join(each.to_bytes(3, "big") for each in reduced["colours"])
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = (
        (b"IHDR", head),
        (b"PLTE", colours),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
