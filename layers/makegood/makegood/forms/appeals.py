"""What a partner says against the decline of one of its inquiries."""

from dataclasses import dataclass, replace
from datetime import UTC
from typing import Self

from makegood.domain.inquiries import Claim, Inquiry
from makegood.domain.parties import Campaign
from makegood.forms import reading
from makegood.forms.reading import Fields, Form


@dataclass(frozen=True, slots=True)
class AppealRequest:
    """The new fact; blank where new evidence speaks for itself."""

    inquiry_id: str
    text: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        form = Form(fields, UTC, "")
        inquiry_id, text = reading.inquiry_id(fields), form.notes("Text")
        form.done()
        return cls(inquiry_id, text)


@dataclass(frozen=True, slots=True)
class Refiled:
    """A declined claim that is filed again as its appeal, with all that it said."""

    decided: Inquiry
    text: str

    @property
    def campaign_id(self) -> str:
        return self.decided.campaign_id

    def claim(self, campaign: Campaign, partner_id: str) -> Claim:
        """Its deadline was for the decision that was made; its notes are the new fact."""
        return replace(
            self.decided.claim,
            appeal_of=self.decided.inquiry_id,
            notes=self.text,
            resolution_deadline_at=None,
        )
