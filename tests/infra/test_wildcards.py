"""A star in a right is there for a reason, and the reason is here."""

from collections.abc import Iterator
from typing import Any

from tests.infra.sources import TEMPLATES, template

RULES = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/*"
SCANNER_RULE = (
    "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}"
    ":rule/DO-NOT-DELETE-AmazonGuardDutyMalwareProtectionS3*"
)
KEYS = "Allow Condition ForAllValues:StringLike"
REASONS = {
    "Allow Resource ${InboxArn}/partners/*": "forms are signed for keys that name the upload",
    "Allow Resource ${InboxArn}/advertisers/*": "forms are signed for keys that name the upload",
    "Allow Resource ${ResultsArn}/partners/*": "links are signed for results of any upload",
    "Allow Resource ${ResultsArn}/advertisers/*": "links are signed for results of any upload",
    "Allow Resource ${InboxArn}/*": "ingest reads whatever either side has sent",
    "Allow Resource ${ResultsArn}/*": "ingest writes each upload's result, and joins its parts",
    "Allow Resource ${StatementsArn}/partners/*": "links are signed for any of its statements",
    "Allow Resource ${StatementsArn}/advertisers/*": "links are signed for any of its statements",
    "Allow Resource ${RecordsArn}/*": "each command adds records under a key of its own",
    "Allow Resource ${LostArn}/*": "Lambda names each batch that was lost",
    f"{KEYS} ADVERTISER#*": "who takes part, and no credential",
    f"{KEYS} PARTNER#*": "who takes part, and what is paid out from which sum on",
    f"{KEYS} CAMPAIGN#*": "campaigns, their contracts and rules",
    f"{KEYS} POLICY#*": "versions of policies, which advertisers make",
    f"{KEYS} CONTRACT#*": "whose contract an id is of",
    f"{KEYS} CREDENTIAL#*": "credentials, and no other item of the directory",
    f"{KEYS} MIGRATION#*": "how far each migration is",
    "Allow Resource ${StatementsArn}/*": "statements are written, and missing ones again",
    f"Allow Condition ArnLike {RULES}": "the rule is named as it is deployed, after the queue",
    f"{KEYS} USED#*": "when a token was last used, and no other item of the directory",
    f"{KEYS} B#*": "bodies of events, and no event",
    f"{KEYS} P#*": "how far the proof of the books and the statements have come",
    f"{KEYS} N#*": "what each advertiser will need",
    f"{KEYS} W#*": "the latest standing of each partner and currency",
    f"{KEYS} T#*": "statements",
    f"{KEYS} C#*": "sums of what clears, once they have come to nothing",
    f"{KEYS} PEOPLE#*": "the people of an account, and no credential",
    f"{KEYS} PERSON#*": "the accounts of a person",
    f"{KEYS} MAIL#*": "what a person was told by e-mail, and no answer or session",
    f"{KEYS} SESSION#*": "sessions of people, and no token of an account",
    f"{KEYS} R#person:*": "how often a person signs in",
    f"{KEYS} SENT#*": "which claims a file of evidence was sent for, and no answer to a request",
    f"{KEYS} S#*": "service levels by day, and no event",
    f"{KEYS} V#*": "what of an inquiry or action is counted in service levels",
    "Allow Resource ${EvidenceArn}/*": "evidence is read by its scan and erased with its inquiry",
    "Allow Resource ${EvidenceArn}/partners/*": "forms and links are signed for keys of evidence",
    "Allow Resource ${EvidenceArn}/advertisers/*": "forms and links are signed for evidence",
    "Allow Resource ${Evidence.Arn}/*": "the scanner reads and tags whatever is sent",
    f"Allow Resource {SCANNER_RULE}": "GuardDuty names its rule itself",
    "Deny Resource ${Evidence.Arn}/*": "nothing goes in or out without TLS, or untagged",
    "Deny Principal *": "whoever it is",
    "Deny Action s3:*": "nothing goes in or out without TLS",
    "Deny Resource ${Inbox.Arn}/*": "nothing goes in or out without TLS",
    "Deny Resource ${Results.Arn}/*": "nothing goes in or out without TLS",
    "Deny Resource ${Statements.Arn}/*": "nothing goes in or out without TLS",
    "Deny Resource ${Records.Arn}/*": "nothing goes in or out without TLS",
    "Deny Resource ${Lost.Arn}/*": "nothing goes in or out without TLS",
    "Deny Resource ${TrailLogs.Arn}/*": "nothing goes in or out without TLS",
    "Allow Resource ${TrailLogs.Arn}/AWSLogs/${AWS::AccountId}/*": "CloudTrail names its files",
}


def texts(value: Any) -> Iterator[str]:
    """Everything that is written in a part of a statement."""
    if isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    else:
        yield str(value)


def statements(value: Any) -> Iterator[dict[str, Any]]:
    """Every statement of every policy, wherever it stands in a template."""
    if isinstance(value, dict):
        found = value.get("Statement", ())
        yield from found if isinstance(found, list) else ()  # a firewall says its own by one
        for each in value.values():
            yield from statements(each)
    elif isinstance(value, list):
        for each in value:
            yield from statements(each)


def stars() -> Iterator[str]:
    for name in TEMPLATES:
        for statement in statements(template(name)):
            for part in set(statement) - {"Effect", "Condition"}:
                for text in texts(statement[part]):
                    if "*" in text:
                        yield f"{statement['Effect']} {part} {text}"
            for operator, keys in statement.get("Condition", {}).items():
                for text in texts(keys):
                    if "*" in text:
                        yield f"{statement['Effect']} Condition {operator} {text}"


def test_every_star_has_a_reason_and_every_reason_a_star() -> None:
    assert set(stars()) == set(REASONS)


def test_no_star_allows_every_call_or_every_resource() -> None:
    allowed = [each.split(" ", 2)[1:] for each in stars() if each.startswith("Allow ")]
    assert {part for part, _ in allowed} == {"Resource", "Condition"}
    assert "*" not in {text for _, text in allowed}
