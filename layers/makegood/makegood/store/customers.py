"""What customers are called where they are counted: a keyed hash of their id.

Every advertiser has a key of its own: the MAC of its id by the one key that the template makes,
which never leaves KMS. So nobody who reads the table can try ids, and one advertiser's customers
cannot be found among another's.
"""

import hmac
from collections.abc import Iterable

from botocore.exceptions import BotoCoreError, ClientError

from makegood.domain.problems import Unavailable
from makegood.store.connection import Connection


class Customers(Connection):
    """Names customers; the advertiser's key is asked for once in a process."""

    def customer_names(self, advertiser_id: str, customer_ids: Iterable[str]) -> dict[str, str]:
        """The name of each customer, by its id; of a stack without the key, nobody's."""
        wanted = sorted(set(customer_ids))
        if not wanted or not self.tables.customers_key:
            return {}
        key = self._advertiser_key(advertiser_id)
        return {each: hmac.new(key, each.encode(), "sha256").hexdigest() for each in wanted}

    def _advertiser_key(self, advertiser_id: str) -> bytes:
        """KMS is imported here: most requests count nobody."""
        from makegood.aws import kms

        try:
            return kms.derived(self.tables.customers_key, f"customers of {advertiser_id}")
        except (BotoCoreError, ClientError) as error:
            raise Unavailable from error
