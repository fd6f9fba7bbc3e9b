"""One of the operator's functions behind its URL: who asks is known, and what is asked is recorded.

A function's URL takes signed requests of IAM identities alone, and its event names the caller. Who
may invoke the function past its URL can write any caller into an event; policies keep people from
that.
"""

from collections.abc import Callable, Mapping
from typing import Any

from makegood.aws.s3 import Bucket
from makegood.aws.sqs import Queue
from makegood.domain.problems import Internal, Problem
from makegood.operator import commands, records
from makegood.operator.arguments import Command, CommandContext
from makegood.operator.records import Invocation
from makegood.runtime import telemetry
from makegood.runtime.settings import second_person
from makegood.store.store import Store


class Endpoint:
    """Some of the commands; made once, when their function starts.

    `fault` makes the answer of a problem, given a request id.
    """

    def __init__(
        self, known: Mapping[str, Command], fault: Callable[[Problem, str], Any], reply: Any
    ) -> None:
        settings = telemetry.settings()
        self.known, self.fault, self.reply = known, fault, reply
        self.store = Store(settings.tables)
        self.records = Bucket(settings.records)
        self.statements = Bucket(settings.statements)
        self.user_pool = settings.user_pool
        self.inbox, self.results = Bucket(settings.inbox), Bucket(settings.results)
        self.evidence = Bucket(settings.evidence)
        self.lost, self.replays = Bucket(settings.lost), Queue(settings.replays_queue)
        self.clock_adjustable = settings.clock_adjustable
        self.second_person = second_person()
        self.clock = telemetry.Clock(self.store, settings.clock_adjustable)
        self.wall_clock = telemetry.Clock(self.store, adjustable=False)
        self.log = telemetry.logger()

    def answer(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Runs the command of one request, in the API's own envelope where it is refused.

        A command runs once its record is there. What it did stays done where the record of its
        answer fails: it is answered with an error then, and may be sent again. One that makes a
        token makes another, so the first is to be revoked.
        """
        request_id = context.aws_request_id
        try:
            invocation = records.invocation_of(
                event, request_id, self.wall_clock(), self.second_person.required
            )
            self.log.info("command", command=invocation.name, caller=invocation.caller)
            records.asked(self.records, invocation)
            result = self._run(invocation, context)
        except Problem as problem:
            return self.fault(problem, request_id).render()
        except Exception:
            self.log.exception("unexpected", request_id=request_id)
            return self.fault(Internal(), request_id).render()
        return self.reply(result).render()

    def _run(self, invocation: Invocation, context: Any) -> dict[str, Any]:
        given = CommandContext(
            store=self.store,
            now=self.clock(),
            new_token=telemetry.new_token,
            has_time=telemetry.deadline(context),
            clock_adjustable=self.clock_adjustable,
            statements=self.statements,
            user_pool=self.user_pool,
            inbox=self.inbox,
            results=self.results,
            evidence=self.evidence,
            lost=self.lost,
            replays=self.replays,
            caller=invocation.caller,
            second_person=self.second_person,
        )
        try:
            result = commands.run(given, invocation.command, self.known)
        except Problem as problem:
            records.refused(self.records, invocation, problem, self.wall_clock())
            raise
        records.answered(self.records, invocation, result, self.wall_clock())
        return result
