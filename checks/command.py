"""Whether a command succeeds: its exit status, and a text in its output."""

import signal
from typing import Annotated

from msgspec import Meta, field

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.text import one_line, whole_word
from checks.core.units import Shown, Text
from checks.process.captured_output import CapturedOutput
from checks.process.child import follow
from checks.process.command_line import arguments_of, splittable

_NOT_STARTED = (126, 127)


class Command(Check, kw_only=True, frozen=True, tag="command"):
    """A command ends with the expected exit status, and its output contains the expected text.

    Failed: it ends with another exit status, or no line of its output contains the text.

    Unknown: it cannot be started, or a signal ended it. An unexpected status of 126 or 127 also
    counts as not started: shells report it for a command that cannot be run.

    Without a shell, each `${NAME}` is replaced after the command is split into arguments, so a
    value stays one argument. With `shell: true` the shell replaces it, by its own rules.
    """

    command: Annotated[
        Text,
        Meta(
            extra={"read": splittable},
            description="the command; without a shell unless `shell: true`",
        ),
    ] = field(name="run")
    shell: Annotated[bool, Meta(description="run the command with /bin/sh")] = False
    expect: Annotated[
        Shown | None, Meta(description="a text that a line of its output contains, as whole words")
    ] = None
    status: Annotated[int, Meta(ge=0, le=255, description="the expected exit status")] = 0

    def label(self) -> str:
        """Return the default title."""
        return one_line(self.command, 40)

    async def run(self, tools: Tools) -> Result:
        """Run the command; the evidence is the line that matched, or the last one."""
        argv = arguments_of(self.command, tools.expand, shell=self.shell)
        expected = None if self.expect is None else tools.expand(self.expect)
        output = CapturedOutput(None if expected is None else whole_word(expected))
        try:
            status = await follow(argv, tools.folder, tools.env, output.feed)
        except (OSError, ValueError) as error:
            return Result(Outcome.UNKNOWN, _not_started(argv[0], error))
        output.end()
        return self._judge(status, expected, output)

    def _judge(self, status: int, expected: str | None, output: CapturedOutput) -> Result:
        last = one_line(output.last()) or "no output"
        outcome, evidence = Outcome.PASSED, one_line(output.matched or "") or last
        if status < 0:
            outcome, evidence = Outcome.UNKNOWN, f"ended by {_signal(-status)}: {last}"
        elif status != self.status:
            outcome = Outcome.UNKNOWN if status in _NOT_STARTED else Outcome.FAILED
            evidence = f"exit status {status}, {self.status} expected: {last}"
        elif expected is not None and output.matched is None:
            outcome = Outcome.FAILED
            evidence = f"no line with “{one_line(expected, 80)}”; the last one: {last}"
        return Result(outcome, evidence, output.lines())


def _not_started(program: str, error: OSError | ValueError) -> str:
    if not isinstance(error, OSError):
        return f"{one_line(program, 80)} cannot be started: a zero byte in an argument"
    place = one_line(str(error.filename or program), 80)
    return f"cannot start: {place}: {error.strerror or error}"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
