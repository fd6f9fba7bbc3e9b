"""The figures as a picture: each as a share of its limit, so that what matters is on one scale."""

from collections.abc import Iterator, Sequence
from html import escape

from tests.bench.figures import Figure

WIDTH, LEFT, RIGHT, ROW, TOP, BOTTOM = 860, 300, 110, 22, 64, 30
SCALE_MAX = 1.25
"""Shares of the limit that there is room for; what is beyond is cut off, and its number red."""

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2933; }
.title { font-size: 16px; font-weight: 600; }
.quiet { fill: #52606d; font-size: 12px; }
.bar { fill: #2f7d6b; }
.over { fill: #b42318; }
.limit { stroke: #1f2933; stroke-width: 1.5; stroke-dasharray: 4 3; }
.ground { fill: #ffffff; }
.rail { fill: #e9edf1; }
"""


def drawn(figures: Sequence[Figure], measured: str) -> str:
    """An SVG of all figures that have a limit."""
    shown = [each for each in figures if each.limit is not None]
    height = TOP + ROW * len(shown) + BOTTOM
    span = WIDTH - LEFT - RIGHT
    at_limit = LEFT + span / SCALE_MAX
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>What Makegood costs beside its limits</title><style>{STYLE}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{height}"/>',
        '<text class="title" x="16" y="26">What it costs, as a share of its limit</text>',
        f'<text class="quiet" x="16" y="46">{escape(measured)}; numbers: ratio / limit</text>',
        *(line for at, each in enumerate(shown) for line in _row(at, each, span)),
        f'<line class="limit" x1="{at_limit}" x2="{at_limit}" y1="{TOP - 6}" y2="{height - 22}"/>',
        f'<text class="quiet" x="{at_limit}" y="{height - 8}" text-anchor="middle">limit</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _row(at: int, figure: Figure, span: float) -> Iterator[str]:
    top, share = TOP + at * ROW, figure.ratio / (figure.limit or 1)
    width = span * min(share, SCALE_MAX) / SCALE_MAX
    kind = "bar" if figure.met else "over"
    yield f'<rect class="rail" x="{LEFT}" y="{top + 3}" width="{span}" height="{ROW - 7}"/>'
    yield f'<rect class="{kind}" x="{LEFT}" y="{top + 3}" width="{width:.1f}" height="{ROW - 7}"/>'
    yield f'<text x="{LEFT - 10}" y="{top + 15}" text-anchor="end">{escape(figure.figure)}</text>'
    told = f"{figure.ratio:.2f} / {figure.limit:.2f}"
    yield f'<text x="{LEFT + span + 10}" y="{top + 15}">{told}</text>'
