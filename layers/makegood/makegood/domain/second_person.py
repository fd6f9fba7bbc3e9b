"""What a second person has to confirm: money that is moved by hand, and high rates of contracts."""

from collections.abc import Iterator
from dataclasses import dataclass

from makegood.domain.contracts import Terms
from makegood.domain.money import DECIMALS, Money, Rate
from makegood.domain.payout_plans import PayoutTerm

NO_RATE = Rate(0)


@dataclass(frozen=True, slots=True)
class SecondPerson:
    """When an installation asks for one.

    `amount_above` is for what is moved; `rate_above` and `flat_above` are for what a contract pays.
    Amounts count whole units of any currency, 100 for 100.00 USD as for 100 JPY.
    """

    required: bool
    amount_above: int = 0
    rate_above: Rate = NO_RATE
    flat_above: int = 0

    def confirms_amount(self, amount: Money) -> bool:
        """Whether money that is moved by hand waits for a second person."""
        return self.required and is_above(amount, self.amount_above)

    def confirms_terms(self, terms: Terms) -> tuple[str, ...]:
        """The payouts for which a contract waits, like `4000 default 25%`; empty if it does not."""
        if not self.required:
            return ()
        return tuple(
            f"{event_type_id} {name} {term}"
            for event_type_id, name, term in _payouts(terms)
            if self._is_high_payout(term)
        )

    def _is_high_payout(self, term: PayoutTerm) -> bool:
        if term.flat is not None:
            return is_above(term.flat, self.flat_above)
        return term.rate is not None and term.rate.millionths > self.rate_above.millionths


NOBODY_ELSE = SecondPerson(required=False)
"""For an installation of one person."""


def is_above(amount: Money, whole_units: int) -> bool:
    return amount.minor > whole_units * 10 ** DECIMALS[amount.currency]


def _payouts(terms: Terms) -> Iterator[tuple[str, str, PayoutTerm]]:
    """Everything that a contract may pay: the default of each event type, and its groups."""
    for event_type_id, _ in terms.payouts:
        plan = terms.plan(event_type_id)
        yield event_type_id, "default", plan.default
        for group in plan.groups:
            yield event_type_id, group.name, group.payout
