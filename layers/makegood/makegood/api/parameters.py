"""The names of a query's parameters, which clients write in any case."""

from makegood.api import filters
from makegood.api.negotiation import METHOD
from makegood.forms.fields import REVERSAL_FIELDS

SPELLED = {
    name.casefold(): name
    for name in (
        METHOD,
        *filters.PAGING,
        *REVERSAL_FIELDS,
        *(name for names in filters.FILTERS.values() for name in names),
        *(name for names in filters.OWN_FILTERS.values() for name in names),
    )
}


def canonical(name: str) -> str:
    """A parameter's name as the API spells it; one that nothing here reads stays as it is."""
    return SPELLED.get(name.casefold(), name)
