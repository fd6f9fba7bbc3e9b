"""Contracts in the store: a heading that says since when each version is in force, and its terms.

A decision reads a contract's heading and the terms that it needs. The terms of a version are an
item of their own, named after what they say: such an item never changes, so what a process has
read it remembers. The heading stands in the item that says whose contract an id is of.

Beside that, the contract is kept whole in one item, as it was before versions were items, for as
long as it fits there: the release before this one reads nothing else. When that release writes a
contract, it writes the item of the id anew, which takes the heading away; then the whole contract
is read until the migration `contract_versions` makes the heading again.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from makegood.domain.contracts import Contract, Terms, Unread, contract_id_of, heading
from makegood.domain.ids import digest
from makegood.store.connection import Tables
from makegood.store.directory import (
    ITEM_BYTES_MAX,
    DirectoryRow,
    Documents,
    Seen,
    as_read,
    changed_meanwhile,
    check_size,
    differs,
    merged,
)
from makegood.store.items import Compact, Key, RawItem, bytes_of
from makegood.store.transactions import Contested, Writes, send

Pair = tuple[str, str]
"""A campaign's id, and a partner's."""

Need = datetime | int
"""A version that is needed: the one of an instant, or the one of a number."""

TERMS_REMEMBERED_MAX = 100
"""Terms that a process remembers."""

MEND_TERMS = "put payout groups together, or shorten their conditions"


class ContractRow(DirectoryRow):
    """Whose contract an id is of, and the contract's heading."""

    heading = Compact(null=True)


def contract_key(campaign_id: str, partner_id: str) -> Key:
    """The whole contract in one item."""
    return DirectoryRow, f"CAMPAIGN#{campaign_id}", f"CONTRACT#{partner_id}"


def contract_id_key(contract_id: str) -> Key:
    """Whose contract an id is of."""
    return ContractRow, f"CONTRACT#{contract_id}", "CONTRACT"


def heading_key(campaign_id: str, partner_id: str) -> Key:
    return contract_id_key(contract_id_of(campaign_id, partner_id))


def terms_key(campaign_id: str, partner_id: str, kept_as: str) -> Key:
    return DirectoryRow, heading_key(campaign_id, partner_id)[1], f"TERMS#{kept_as}"


def name_of_terms(terms: Mapping[str, Any]) -> str:
    """What the terms of a version are kept under: its number, and a digest of what they say."""
    said = json.dumps(terms, sort_keys=True, ensure_ascii=False)
    return f"{terms['version']:06}#{digest('terms', said)}"


def headed(document: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The heading of a whole contract, with what is unknown of the heading before."""
    known = {each["kept_as"]: each for each in before.get("versions", ())}
    versions = [heading(each, name_of_terms(each)) for each in document["versions"]]
    kept = [{**known.get(each["kept_as"], {}), **each} for each in versions]
    return {**before, **document, "versions": kept}


def nobodys(document: Mapping[str, Any]) -> dict[str, Any]:
    """What stands where a contract has outgrown its item: a contract of nobody that never was in
    force. The release before finds none of this partner's, where it must not find an older one.
    """
    first = document["versions"][0]
    never = {**first, "payouts": {"0": "0%"}}
    names = {"contract_id": "", "campaign_id": "", "partner_id": ""}
    return {**names, "versions": [never], "ended_at": first["valid_from"]}


def over(contract: Contract, stored: Mapping[str, Any] | None) -> dict[str, Any]:
    """A contract's whole document over what is stored.

    A version that stays keeps its words, and so whatever is unknown in them.
    """
    written = contract.to_dict()
    if stored is None:
        return written
    was = {each["version"]: each for each in stored["versions"]}
    kept = [
        was[terms.version] if _says(was.get(terms.version), terms) else terms.to_dict()
        for terms in contract.read
    ]
    return {**merged({**stored, "versions": []}, written), "versions": kept}


def _says(document: Mapping[str, Any] | None, terms: Terms) -> bool:
    return document is not None and Terms.from_dict(document) == terms


class Plan(NamedTuple):
    """The writes of the contract at a key: items of terms, and then the transaction."""

    key: Key
    terms: list[DirectoryRow]
    writes: Writes


class Contracts(Documents):
    """Reads contracts as far as they are needed, and writes them."""

    def __init__(self, tables: Tables, region: str | None = None, client: Any = None) -> None:
        super().__init__(tables, region, client)
        self._remembered: dict[Key, Terms] = {}

    def contracts(self, pairs: Iterable[Pair]) -> dict[Pair, Contract]:
        """Contracts by (campaign, partner), with all their versions."""
        wanted = list(dict.fromkeys(pairs))
        whole = self._whole_ones(wanted)
        apart = self.contracts_for({each: () for each in wanted if each not in whole})
        everything = {pair: range(1, len(one.versions) + 1) for pair, one in apart.items()}
        return whole | self.with_terms(apart, everything)

    def contracts_for(self, needs: Mapping[Pair, Collection[Need]]) -> dict[Pair, Contract]:
        """Contracts by (campaign, partner), with the versions that each is needed for."""
        found = self.fetch(heading_key(*each) for each in needs)
        return self.completed(needs, found)

    def completed(
        self, needs: Mapping[Pair, Collection[Need]], found: Mapping[tuple[str, str], Any]
    ) -> dict[Pair, Contract]:
        """The same, once their headings are read; one without a heading is read whole."""
        headings = {pair: _heading_in(found, pair) for pair in needs}
        known = _contracts_of(each for each in headings.values() if each)
        whole = self._whole_ones(pair for pair in needs if pair not in known)
        return self.with_terms(known, needs) | whole

    def _whole_ones(self, pairs: Iterable[Pair]) -> dict[Pair, Contract]:
        """Contracts that are kept whole in one item."""
        documents = self.documents(contract_key(*each) for each in pairs).values()
        return _contracts_of(each for each in documents if each["partner_id"])

    def with_terms(
        self, contracts: Mapping[Pair, Contract], needs: Mapping[Pair, Collection[Need]]
    ) -> dict[Pair, Contract]:
        """Contracts with the versions that each is needed for."""
        keys = {pair: _keys(one, needs[pair]) for pair, one in contracts.items()}
        read = self._terms({key for each in keys.values() for key in each})
        return {
            pair: one.with_terms(read[key] for key in keys[pair]) for pair, one in contracts.items()
        }

    def _terms(self, keys: Collection[Key]) -> dict[Key, Terms]:
        """Terms, remembered or read; they never change."""
        read = {key: self._remembered[key] for key in keys if key in self._remembered}
        asked = [key for key in keys if key not in read]
        if asked:
            rows = self.documents(asked)
            read |= {key: Terms.from_dict(rows[key[1:]]) for key in asked}
            if len(self._remembered) + len(asked) > TERMS_REMEMBERED_MAX:
                self._remembered.clear()
            self._remembered |= {key: read[key] for key in asked[:TERMS_REMEMBERED_MAX]}
        return read

    def contract_pairs(self, contract_ids: Iterable[str]) -> dict[str, Pair]:
        """The campaign and the partner of contracts, by the contracts' ids."""
        found = self.documents(contract_id_key(each) for each in contract_ids)
        return {pk.partition("#")[2]: (pair[0], pair[1]) for (pk, _), pair in found.items()}

    def move_contract(self, campaign_id: str, partner_id: str) -> bool:
        """Gives a contract that is kept whole its heading and its terms; False if they are there.

        May be repeated, and stopped anywhere. Raises `VersionConflict` if somebody changes the
        contract meanwhile: once more, it is moved as it is by then.
        """
        pair = campaign_id, partner_id
        found = self.contracts([pair])
        plan = self.planned(found[pair], Seen(found[pair])) if pair in found else None
        if plan is not None:
            self.carry_out(plan)
        return plan is not None

    def planned(self, contract: Contract, seen: Seen[Contract] | None) -> Plan | None:
        """What writes a contract over any other, or over what was seen; None if that changes
        nothing. Refuses what is too large.

        A contract has a heading if the release before takes that away when it writes: if its id is
        its pair's. Any other, which no command signs, has one once it does not fit as a whole.
        """
        pair = contract.campaign_id, contract.partner_id
        whole_key, place = contract_key(*pair), heading_key(*pair)
        found = self.fetch([whole_key, place])
        was, had = found.get(whole_key[1:]), found.get(place[1:])
        stored = self._stored(pair, found)
        differs(whole_key, contract, stored and Contract.from_dict(stored), seen)
        document, before = over(contract, stored), _heading_in(found, pair) or {}
        whole = _whole(DirectoryRow(*whole_key[1:]) if was is None else was, document)
        is_apart = (
            before or whole.document != document or place == contract_id_key(contract.contract_id)
        )
        after = headed(document, before) if is_apart else {}
        if document == stored and after == before:
            return None
        writes = Writes(puts=[("contract", whole, as_read(was))])
        if not is_apart:
            return Plan(whole_key, [], writes)
        new = ContractRow(*place[1:]) if had is None else had
        head = new.next_version(document=list(pair), heading=after)
        check_size(head, "sign no more versions of this contract")
        terms = _new_terms(pair, document, before)
        for each in terms:
            check_size(each, MEND_TERMS)
        writes.puts.append(("heading", head, as_read(had)))
        return Plan(whole_key, terms, writes)

    def carry_out(self, plan: Plan) -> None:
        """Terms come first: nothing reads them before the heading names them."""
        for each in plan.terms:
            self.write(each)
        try:
            send(self, plan.writes)
        except Contested as contested:
            raise changed_meanwhile(plan.key) from contested

    def put_contract_id(self, contract: Contract) -> None:
        """Says whose contract an id is, where no heading says so besides."""
        pair = [contract.campaign_id, contract.partner_id]
        key = contract_id_key(contract.contract_id)
        if key != heading_key(*pair):
            self.put(key, pair, list, pair)

    def _stored(self, pair: Pair, found: Mapping[tuple[str, str], Any]) -> dict[str, Any] | None:
        """The whole document of a contract: as it is kept, or put together."""
        whole = found.get(contract_key(*pair)[1:])
        if whole is not None and whole.document["partner_id"] == pair[1]:
            return dict(whole.document)
        head = _heading_in(found, pair)
        if head is None:
            return None
        keys = [terms_key(*pair, each["kept_as"]) for each in head["versions"]]
        documents = self.documents(keys)
        return {**head, "versions": [documents[key[1:]] for key in keys]}


def move_whole(store: Contracts, item: RawItem) -> bool:
    """Moves the contract that an item keeps whole; of any other item there is nothing to move."""
    owner, _, campaign_id = item["pk"]["S"].partition("#")
    kept, _, partner_id = item["sk"]["S"].partition("#")
    is_whole = (owner, kept) == ("CAMPAIGN", "CONTRACT")
    return is_whole and store.move_contract(campaign_id, partner_id)


def _whole(was: DirectoryRow, document: Mapping[str, Any]) -> DirectoryRow:
    """The whole contract over what stood there; nobody's, if it does not fit."""
    row = was.next_version(document=document)
    if was.document == document or bytes_of(row.serialize()) <= ITEM_BYTES_MAX:
        return row
    return was.next_version(document=nobodys(document))


def _new_terms(
    pair: Pair, document: Mapping[str, Any], before: Mapping[str, Any]
) -> list[DirectoryRow]:
    """The items of terms that no heading names yet."""
    known = {each["kept_as"] for each in before.get("versions", ())}
    named = {name_of_terms(each): each for each in document["versions"]}
    return [
        DirectoryRow(*terms_key(*pair, name)[1:], document=each)
        for name, each in named.items()
        if name not in known
    ]


def _heading_in(found: Mapping[tuple[str, str], Any], pair: Pair) -> dict[str, Any] | None:
    """The heading of that contract, if it was found, and has one."""
    row = found.get(heading_key(*pair)[1:])
    said = None if row is None else row.heading
    return said if said and (said["campaign_id"], said["partner_id"]) == pair else None


def _contracts_of(documents: Iterable[Any]) -> dict[Pair, Contract]:
    contracts = map(Contract.from_dict, documents)
    return {(each.campaign_id, each.partner_id): each for each in contracts}


def _keys(contract: Contract, needs: Collection[Need]) -> list[Key]:
    """Where the terms are that a contract is needed for."""
    numbers = {contract.version_at(each) if isinstance(each, datetime) else each for each in needs}
    wanted = (each for each in contract.versions if each.version in numbers)
    return [
        terms_key(contract.campaign_id, contract.partner_id, each.kept_as)
        for each in wanted
        if isinstance(each, Unread)
    ]
