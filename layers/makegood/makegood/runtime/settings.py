"""A function's settings and its clock: all that is read from the environment."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from makegood.domain.money import Rate
from makegood.domain.second_person import SecondPerson
from makegood.store.connection import Tables
from makegood.store.directory import Documents

NO_TABLES = ("index_step", "customers_key")
"""What the store is told beside the names of tables."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that the template gives a function."""

    tables: Tables
    inbox: str
    results: str
    statements: str
    records: str
    arrivals_queue: str
    chunks_queue: str
    sweep_queue: str
    webhooks_queue: str
    webhooks_key: str
    webhooks_loopback: bool
    lost: str
    replays_queue: str
    evidence: str
    evidence_scanned: bool
    clock_adjustable: bool
    allowed_origins: str
    user_pool: str
    mails_queue: str
    mail_sender: str
    console_url: str
    snapshot: bool
    """Whether this start is for a snapshot, from which each process begins."""


def settings() -> Settings:
    names = [each for each in Tables.__dataclass_fields__ if each not in NO_TABLES]
    return Settings(
        tables=Tables(
            **{name: os.environ[f"{name.upper()}_TABLE"] for name in names},
            index_step=int(os.environ["INDEX_STEP"]),
            customers_key=os.environ.get("CUSTOMERS_KEY", ""),
        ),
        inbox=os.environ["INBOX_BUCKET"],
        results=os.environ["RESULTS_BUCKET"],
        statements=os.environ["STATEMENTS_BUCKET"],
        records=os.environ["RECORDS_BUCKET"],
        arrivals_queue=os.environ["ARRIVALS_QUEUE_URL"],
        chunks_queue=os.environ["CHUNKS_QUEUE_URL"],
        sweep_queue=os.environ["SWEEP_QUEUE_URL"],
        webhooks_queue=os.environ.get("WEBHOOKS_QUEUE_URL", ""),
        webhooks_key=os.environ.get("WEBHOOKS_KEY", ""),
        webhooks_loopback=os.environ.get("WEBHOOKS_LOOPBACK") == "true",
        lost=os.environ.get("LOST_BUCKET", ""),
        replays_queue=os.environ.get("REPLAYS_QUEUE_URL", ""),
        evidence=os.environ.get("EVIDENCE_BUCKET", ""),
        evidence_scanned=os.environ.get("EVIDENCE_SCANNING") == "true",
        clock_adjustable=os.environ["ADJUSTABLE_CLOCK"] == "true",
        allowed_origins=os.environ.get("ALLOWED_ORIGINS", ""),
        user_pool=os.environ.get("USER_POOL", ""),
        mails_queue=os.environ.get("MAILS_QUEUE_URL", ""),
        mail_sender=os.environ.get("MAIL_SENDER", ""),
        console_url=os.environ.get("CONSOLE_URL", ""),
        snapshot=os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start",
    )


def second_person() -> SecondPerson:
    """What needs a second person here; of the operator's functions alone."""
    return SecondPerson(
        required=os.environ["SECOND_PERSON"] != "off",
        amount_above=int(os.environ["CONFIRM_AMOUNT_ABOVE"]),
        rate_above=Rate.parse_percent(os.environ["CONFIRM_RATE_ABOVE"]),
        flat_above=int(os.environ["CONFIRM_FLAT_ABOVE"]),
    )


def metrics_line(what: str, values: Mapping[str, int]) -> str:
    """Metrics as one line of the embedded metric format, for functions without Powertools."""
    told = {
        "Namespace": os.environ["POWERTOOLS_METRICS_NAMESPACE"],
        "Dimensions": [["what", "service"]],
        "Metrics": [{"Name": name, "Unit": "Count"} for name in values],
    }
    at = int(datetime.now(UTC).timestamp() * 1000)
    named = {"what": what, "service": os.environ["POWERTOOLS_SERVICE_NAME"]}
    return json.dumps({"_aws": {"Timestamp": at, "CloudWatchMetrics": [told]}, **named, **values})


@dataclass(frozen=True, slots=True)
class Clock:
    """Now, in UTC with milliseconds; on an adjustable stack, the instant that the operator set."""

    store: Documents
    adjustable: bool

    def __call__(self) -> datetime:
        adjusted = self.store.adjusted_clock() if self.adjustable else None
        return adjusted or wall_now()


def wall_now() -> datetime:
    """The real instant, in UTC with milliseconds."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
