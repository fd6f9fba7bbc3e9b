"""How a command ends that does not get through: a sentence for people, a code for scripts."""

DONE = 0
REFUSED = 1
USAGE = 2
CREDENTIALS = 3
NOT_FOUND = 4
UNREACHABLE = 5
ROWS = 6
WAITS = 7
INTERRUPTED = 130

CODES = {
    DONE: "done",
    REFUSED: "refused: the rules forbid it, or it was not confirmed",
    USAGE: "the line cannot be understood",
    CREDENTIALS: "no profile, a wrong token, or no right to it",
    NOT_FOUND: "there is no such thing",
    UNREACHABLE: "no answer: no network, or the stack is down; try again",
    ROWS: "a file is through, and some of its rows were rejected or set aside",
    WAITS: "nothing has changed yet: it waits for a second person",
    INTERRUPTED: "interrupted",
}
"""What every exit code means."""


class Stop(Exception):
    """Ends the command with this code. `body` is the answer that says why, for programs."""

    def __init__(self, message: str, code: int = REFUSED, body: object = None) -> None:
        super().__init__(message)
        self.message, self.code, self.body = message, code, body


def code_of(status: int) -> int:
    """The exit code of an HTTP status."""
    if status in (401, 403):
        return CREDENTIALS
    if status == 404:
        return NOT_FOUND
    return UNREACHABLE if status >= 500 or status == 429 else REFUSED
