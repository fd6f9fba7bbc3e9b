"""What the end-to-end tests share: a stack that knows what it gave out, and the story played."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from infra.local.proof import Findings, prove
from infra.local.stack import Stack
from infra.local.story import Samples, Story

ORDERS = 300
"""How many of the record's orders are played; all of them is the demo."""


@dataclass(frozen=True, slots=True)
class Watched(Stack):
    """The stack, and every token that it gave out."""

    tokens: set[str] = field(default_factory=set)

    def operate(self, command: str, **arguments: Any) -> dict[str, Any]:
        answer = Stack.operate(self, command, **arguments)
        if "token" in answer:
            self.tokens.add(answer["token"])
        return answer


def watched(stack: Stack) -> Watched:
    return Watched(**asdict(stack))


@dataclass(slots=True)
class Played:
    """What each act answered with."""

    story: Story
    tracked: Counter[str]
    filed: Counter[str]
    reasons: Counter[str]
    decided: Counter[str]
    resolved: Counter[str]
    short: list[tuple[str, dict[str, Any], dict[str, str]]]
    settled: tuple[dict[str, Any], dict[str, str]]
    findings: Findings
    truths: Counter[str] = field(default_factory=Counter)


def play(stack: Stack) -> Played:
    story = Story(stack, Samples(ORDERS), lambda line: None)
    story.seed()
    tracked, filed = story.track(), story.file_claims()
    reasons = story.reasons()
    decided, resolved = story.resolve()
    short, settled = story.fall_short(), story.settle()
    truths = Counter(claim.truth for claim in story.samples.claims)
    return Played(
        story,
        tracked,
        filed,
        reasons,
        decided,
        resolved,
        short,
        settled,
        prove(story),
        truths,
    )
