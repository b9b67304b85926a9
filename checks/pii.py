"""Whether the newest lines of a log are free of personal data and secrets."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Annotated, Any, ClassVar

from msgspec import Meta, field

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.errors import UnreadableError
from checks.core.pattern import LinearPattern, between_slashes, fault
from checks.core.text import count_of, join_names, one_line
from checks.core.threads import Going, work
from checks.core.units import Text
from checks.process.command_line import arguments_of, splittable

_MOST = 10_000
_DETAILS = 40
_USER = re.compile(r"(?<=//)[^/]*@")


def checked_allow(allow: Any) -> Any:
    """Return `allow` unchanged; raises ValueError if a pattern is not a valid RE2 expression."""
    for entry in allow if isinstance(allow, list) else ():
        pattern = between_slashes(entry) if isinstance(entry, str) else None
        if pattern is not None and (wrong := fault(pattern)):
            raise ValueError(wrong)
    return allow


class Pii(Check, kw_only=True, frozen=True, tag="pii"):
    """A log's newest lines hold no e-mail address, card number, IBAN, phone, token or password.

    Failed: there is at least one match. Matches are shown redacted, with their line numbers.

    Unknown: the sample is empty, there is no file or only compressed ones, the command fails, or
    the URL's status is not 200.

    Card numbers and IBANs must have a valid checksum, phone numbers must fit their country's
    numbering plan. A number whose key marks it as an order, a trace or another identifier is
    ignored. A sample proves nothing about the lines outside it.
    """

    FIGURES: ClassVar = {
        "lines": "lines that were searched",
        "findings": "matches in them",
    }

    file: Annotated[
        Text | None,
        Meta(description="a log file, or a pattern as logs/*.log: the newest files are read"),
    ] = None
    command: Annotated[
        Annotated[str, Meta(min_length=1, extra={"read": splittable})] | None,
        Meta(description="or a command that writes the log"),
    ] = field(name="run", default=None)
    shell: Annotated[bool, Meta(description="run the command with /bin/sh")] = False
    url: Annotated[Text | None, Meta(description="or a URL that returns the log")] = None
    send: Annotated[
        dict[str, str], Meta(description="headers to send to it; `${NAME}` is replaced")
    ] = field(default_factory=dict)
    newest: Annotated[
        int, Meta(ge=1, le=16384, description="KiB to read, the newest if possible")
    ] = 1024
    region: Annotated[
        Annotated[str, Meta(pattern="^[A-Z]{2}$")] | None,
        Meta(description="the country, as DE, whose phone numbers are also found without `+`"),
    ] = None
    allow: Annotated[
        tuple[Text, ...],
        Meta(
            extra={"read": checked_allow},
            description="allowed values: a whole value, or a `/regular expression/` of RE2",
        ),
    ] = ()

    def __post_init__(self) -> None:
        """Check that there is exactly one source."""
        if sum(map(bool, (self.file, self.command, self.url))) != 1:
            raise ValueError("exactly one of `file`, `run` and `url` is needed")

    def label(self) -> str:
        """Return the default title."""
        source = self.file or self.command or _USER.sub("", self.url or "")
        return one_line(f"personal data in {source}", 60)

    async def run(self, tools: Tools) -> Result:
        """Search a sample; the evidence counts matches by kind and names the first."""
        try:
            samples = await self._samples(tools)
        except UnreadableError as error:
            return Result(Outcome.UNKNOWN, str(error))

        def search(going: Going) -> Result:
            return self._search(samples, going)

        return await work(search)

    async def _samples(self, tools: Tools) -> list[Any]:
        from checks.logs import log_sample  # noqa: PLC0415

        most = self.newest * 1024
        if self.command:
            argv = arguments_of(self.command, tools.expand, shell=self.shell)
            return [await log_sample.sample_command(argv, tools, most)]
        if self.url:
            headers = {name: tools.expand(value) for name, value in self.send.items()}
            shown = one_line(_USER.sub("", self.url), 80)
            request = log_sample.LogRequest(tools.expand(self.url), shown, headers, self.timeout)
            return [await log_sample.sample_url(request, tools, most)]
        pattern = tools.expand(self.file or "")

        def read_files(going: Going) -> list[log_sample.LogSample]:
            return log_sample.sample_files(tools.folder, pattern, most, going)

        return await work(read_files)

    def _search(self, samples: Iterable[Any], going: Callable[[], None]) -> Result:
        from checks.logs.detectors import find_personal_data  # noqa: PLC0415

        allowed = _Allowed(self.allow)
        count, kinds, lines, names = 0, Counter[str](), list[str](), list[str]()
        for sample in samples:
            names.append(sample.name)
            for number, line in sample.lines():
                going()
                count += bool(line.strip())
                for match in find_personal_data(line, self.region):
                    if allowed(match.value):
                        continue
                    kinds[match.kind] += 1
                    if len(lines) < _DETAILS:
                        lines.append(f"{sample.name} line {number}: {match.kind} {match.redacted}")
                if kinds.total() >= _MOST:
                    break
        return _judge(count, kinds, lines, names)


class _Allowed:
    """Predicate for allowed values; RE2 matches patterns in linear time."""

    def __init__(self, allow: Iterable[str]) -> None:
        patterns = {entry: between_slashes(entry) for entry in allow}
        self._values = {_plain(entry) for entry, pattern in patterns.items() if pattern is None}
        self._patterns = [LinearPattern(one) for one in patterns.values() if one is not None]

    def __call__(self, value: str) -> bool:
        return _plain(value) in self._values or any(
            pattern.is_whole(value) for pattern in self._patterns
        )


def _plain(value: str) -> str:
    """Return a value in lower case, and a number without separators between its digits."""
    lower = value.lower()
    return lower if "@" in lower else re.sub(r"[\s().-]", "", lower)


def _judge(count: int, kinds: Counter[str], lines: list[str], names: list[str]) -> Result:
    source = one_line(join_names(names), 60)
    if not count:
        return Result(Outcome.UNKNOWN, f"{source}: the sample is empty, so nothing was searched")
    figures = {"lines": float(count), "findings": float(kinds.total())}
    if not kinds:
        evidence = f"nothing found in {count_of(count, 'line')} of {source}"
        return Result(Outcome.PASSED, evidence, (), figures)
    counts = [
        f"{number:,} {kind if number == 1 else _PLURAL[kind]}"
        for kind, number in kinds.most_common()
    ]
    first = lines[0]
    left = kinds.total() - len(lines)
    details = (*lines, *([f"… and {left:,} more"] if left > 0 else []))
    evidence = f"{', '.join(counts)} in {count_of(count, 'line')}; {first}"
    return Result(Outcome.FAILED, evidence, details, figures)


_PLURAL = {
    "e-mail address": "e-mail addresses",
    "card number": "card numbers",
    "IBAN": "IBANs",
    "phone number": "phone numbers",
    "token": "tokens",
    "password": "passwords",
}
