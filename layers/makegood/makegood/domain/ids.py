"""Ids are derived from what they name, so doing a thing twice names the same thing.

Numbers are 53 bits: they survive JSON, and look like the ids that the field's clients know.
"""

from hashlib import sha256

NUMBER_BITS = 53


def digest(*parts: str) -> str:
    """32 hexadecimal digits that stand for these parts, in this order."""
    return _hash(parts).hex()[:32]


def number(*parts: str) -> int:
    """A positive number of at most 53 bits that stands for these parts."""
    raw = int.from_bytes(_hash(parts)[:8])
    return (raw >> (64 - NUMBER_BITS)) or 1


def _hash(parts: tuple[str, ...]) -> bytes:
    """Each part goes in with its length, so no text of a part can pass for another split."""
    written = "".join(f"{len(part)}:{part}" for part in parts)
    return sha256(written.encode(errors="surrogatepass")).digest()


def inquiry_number(
    partner_id: str, campaign_id: str, order_id: str, inquiry_type: str, attempt: int, probe: int
) -> str:
    """The id of one attempt of a claim; `probe` counts on when another claim has that number."""
    parts = ("inquiry", partner_id, campaign_id, order_id, inquiry_type, str(attempt), str(probe))
    return str(number(*parts))


def action_id(campaign_id: str, event_type_id: str, origin: str) -> str:
    """`campaign.event type.number`, the number derived from `origin`: what brought it about."""
    return f"{campaign_id}.{event_type_id}.{number('action', campaign_id, event_type_id, origin)}"
