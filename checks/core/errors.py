"""Why a check could not measure: one tree of errors, each with a text fit to be evidence.

    CheckError                    a check could not get what it needs: unknown, unless noted here
    ├── UnsetVariableError        a `${NAME}` of the card is not set in the environment
    ├── ForbiddenHostError        a rehearsal must not reach this host
    ├── UnreadableError           a file, document, log, list or address is missing or malformed
    │   ├── QueryFailedError      Prometheus reports an error in place of data
    │   ├── WarnedError           Prometheus warns that its response may lack data
    │   └── ResultTypeError       a query of Prometheus returned another type than one of an instant
    ├── HttpError                 an HTTP request got no usable response
    │   ├── InvalidRequestError   it cannot be sent: its address, token or a header is wrong
    │   ├── NoResponseError       the connection failed, or broke before the response was complete
    │   │   └── TimedOutError     the response was not complete in time
    │   ├── StatusError           the response has another status than expected
    │   └── BodyError             the body is compressed, too large, or of another shape
    ├── DatabaseError             PostgreSQL gave no value; `outcome` says whether that is a failure
    ├── ProgramError              one of PostgreSQL's programs cannot be used
    ├── DumpError                 a dump or a restore went wrong by itself: failed
    ├── NoBackupError             there is no backup at all: failed
    ├── DnsError                  no name server gave a readable answer
    │   └── NameNotFoundError     the name does not exist: failed
    ├── TlsError                  there is no TLS handshake to judge
    │   ├── TrustStoreError       there are no usable certificate authorities
    │   ├── TlsVersionError       the server speaks only an old TLS: failed
    │   └── CertificateError      the certificate cannot be trusted: failed
    └── WorkCancelledError        a thread ends early, since its check was cancelled

Those that several modules raise are defined here, the others beside the code that raises them.
NotPostgresError (checks/pg/wire_guard) is none of them: it is a ConnectionError, since it travels
through the database driver, and ends as a DatabaseError.

No text holds a secret, or an address with its password. `run_check` makes an unknown result of a
CheckError that a check does not catch.
"""

from collections.abc import Iterator
from typing import Self

from checks.core.durations import format_duration


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that led to it, the newest first, each once even in a circle."""
    earlier: BaseException | None = error
    yielded: set[int] = set()
    while earlier is not None and id(earlier) not in yielded:
        yielded.add(id(earlier))
        yield earlier
        earlier = earlier.__cause__ or earlier.__context__


class CheckError(Exception):
    """A check could not get what it needs; the text is a sentence, or the end of one."""


class UnsetVariableError(CheckError):
    """A `${NAME}` of the card names a variable that is not in the environment, or is empty."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not set in the environment")
        self.name = name


class ForbiddenHostError(CheckError):
    """A check would reach a host that a rehearsal must not reach."""

    def __init__(self, host: str) -> None:
        super().__init__(f"a rehearsal reaches loopback only, and {host} is elsewhere")


class UnreadableError(CheckError):
    """A file, document, log, list or address is missing or malformed; the text names it."""


class HttpError(CheckError):
    """An HTTP request got no usable response; the text continues a sentence about who was asked.

    `status` is the response's, or None where there was no response.
    """

    status: int | None = None

    def of(self, who: str) -> Self:
        """Return this error with `who` was asked in front of its text, which makes a sentence."""
        self.args = (f"{who} {self}",)
        return self


class InvalidRequestError(HttpError):
    """The request cannot be sent, because of its address, its token or a header."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"cannot be asked: {reason}")


class NoResponseError(HttpError):
    """The connection failed, or broke before the response was complete."""

    def __init__(self, how: str) -> None:
        super().__init__(f"gave no complete response {how}")


class TimedOutError(NoResponseError):
    """The response was not complete within `timeout_s` seconds."""

    def __init__(self, timeout_s: float) -> None:
        super().__init__(f"within {format_duration(timeout_s)}")


class StatusError(HttpError):
    """The response has another status than the request's caller named as right."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"answered {status}{reason}")
        self.status = status


class BodyError(HttpError):
    """The body is compressed, too large, or not of the shape that was expected."""
