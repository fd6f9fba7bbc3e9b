"""Everything that can be wrong with what somebody asked, as one tree.

    Problem                     code                    HTTP
    ├── Invalid                 validation_failed       400   fields name what to mend
    ├── Unauthorized            unauthorized            401
    ├── Forbidden               forbidden               403   code says which right is missing
    ├── NotFound                not_found               404   foreign objects are not found, too
    ├── MethodNotAllowed        method_not_allowed      405   allowed methods
    ├── Conflict                conflict                409   code says with what
    │   ├── VersionConflict     version_conflict
    │   └── AlreadyDecided      already_decided
    │       └── SameDecision    same_decision
    ├── TooLarge                too_large               413
    ├── UnsupportedMedia        unsupported_media_type  415
    ├── RuleForbids             (the rule's own code)   422   understood, but the rules forbid it
    ├── TooManyRequests         too_many_requests       429   retry_after_seconds
    ├── Internal                internal_error          500
    └── Unavailable             unavailable             503   safe to try again

`Malformed` is not a Problem yet: a parser of one value raises it, and the edge that knows the
field's name turns it into a `Fault` of an `Invalid`.

Codes are stable: clients and result files key on them. Messages are for people: they say what is
wrong and what to do, and never hold a secret or somebody else's data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Fault:
    """One field's fault: the field's wire name, what to mend, a stable code."""

    field: str
    message: str
    code: str


class Malformed(ValueError):
    """One value cannot be read; carries a stable code and what would be right."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def at(self, field: str) -> Fault:
        """This fault, at the field it was found in."""
        return Fault(field, self.message, self.code)


class Problem(Exception):
    """A request that cannot be granted; changes nothing."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    code = "internal_error"
    message = "Something went wrong here; try again, and name the request id if it stays"

    def __init__(
        self, message: str | None = None, *, code: str | None = None, faults: tuple[Fault, ...] = ()
    ) -> None:
        self.message = message or self.message
        self.code = code or self.code
        self.faults = faults
        super().__init__(self.message)

    def explain(self) -> str:
        """The whole explanation in one line, for places that have no list of fields."""
        if not self.faults:
            return self.message
        return "; ".join(f"{fault.field}: {fault.message}" for fault in self.faults)

    def reason_code(self) -> str:
        """The most precise code there is: the first fault's, else the problem's own."""
        return self.faults[0].code if self.faults else self.code


class Invalid(Problem):
    status = HTTPStatus.BAD_REQUEST
    code = "validation_failed"
    message = "Validation Failed"


class Unauthorized(Problem):
    status = HTTPStatus.UNAUTHORIZED
    code = "unauthorized"
    message = "Send the account SID and its token with HTTP Basic authentication"


class Forbidden(Problem):
    status = HTTPStatus.FORBIDDEN
    code = "forbidden"
    message = "This token does not give access to that"


class NotFound(Problem):
    status = HTTPStatus.NOT_FOUND
    code = "not_found"
    message = "There is no such object in this account"


class MethodNotAllowed(Problem):
    status = HTTPStatus.METHOD_NOT_ALLOWED
    code = "method_not_allowed"
    message = "This resource does not know that method; Allow names those that it knows"

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        super().__init__()
        self.allowed = tuple(allowed)


class Conflict(Problem):
    status = HTTPStatus.CONFLICT
    code = "conflict"
    message = "This does not fit with what is there already"


class VersionConflict(Conflict):
    code = "version_conflict"
    message = "It was changed meanwhile; read it again, then decide on what it says now"


class AlreadyDecided(Conflict):
    code = "already_decided"
    message = "It is decided already, and a decision is final; the partner may appeal once"


class SameDecision(AlreadyDecided):
    """The same resolution was given before; a row of a file is then UNCHANGED."""

    code = "same_decision"
    message = "It was decided just so already; nothing changed"


class TooLarge(Problem):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "too_large"
    message = "The body is over the limit of 262,144 bytes; send less at once, or upload a file"


class UnsupportedMedia(Problem):
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "unsupported_media_type"
    message = "Send application/x-www-form-urlencoded or application/json"


class RuleForbids(Problem):
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "rule_forbids"
    message = "The rules forbid this"


class TooManyRequests(Problem):
    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too_many_requests"
    message = "Too many requests from this account; wait as long as Retry-After says"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__()
        self.retry_after_seconds = retry_after_seconds


class Internal(Problem):
    """A fault of ours: a broken invariant, an answer that cannot be."""


class Unavailable(Problem):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "unavailable"
    message = "The store is busy just now and nothing was changed; try again"
