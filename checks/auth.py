"""Whether every public operation asks who is there before it does anything."""

import asyncio
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.durations import format_duration
from checks.core.errors import UnreadableError
from checks.core.text import one_line
from checks.core.units import Span, Text
from checks.core.variables import PATTERN
from checks.openapi.document import read_document
from checks.openapi.selection import SelectedOperations, SelectionOptions
from checks.web.probe import Probe, ProbeFindings
from checks.web.tokens import Tokens, Wrong, names, tokens


class Auth(Check, kw_only=True, frozen=True, tag="auth"):
    """Every public operation answers 401 or 403 to wrong tokens, and 2xx to the good one.

    The wrong tokens are: none, garbage, a wrong signature, and `alg: none`. With the `secret` that
    signs tokens there is an expired one too and, where `audience` is given, one for somebody else.
    They are made after the pattern of the target's token.

    Failed: a wrong token gets 2xx, which is named first, or any other answer than 401 and 403 (a
    404, 405 or 422 was given before the guard asked); or the good token is refused.

    Unknown: 5xx, a 429 that lasts, no answer, or what was not asked in time. So is an operation
    that a broken guard would let change something.

    **It changes nothing**, even where the guard is broken. Other methods than GET and HEAD get ids
    that nothing has, and a body that cannot validate. Where neither protects, the operation is not
    asked, but named. GET and HEAD are asked with the good token too: 2xx is right, or not found
    where an id was made up.

    It proves who is asked for a token, not what each token may do. What it asks carries
    `User-Agent: cockpit`, so that an alarm on refused tokens can leave it out.
    """

    FIGURES: ClassVar = {
        "operations": "operations that were asked",
        "requests": "requests that were sent",
        "let_in": "operations that let a wrong token in",
    }

    timeout: Annotated[Span, Meta(description="all of it ends within this time")] = 120.0
    url: Annotated[
        str, Meta(description="who is asked, as `${CANARY_URL}`; the target when left out")
    ] = ""
    openapi: Annotated[
        str, Meta(description="the OpenAPI document; the target's when left out")
    ] = ""
    wrong: Annotated[
        tuple[Wrong, ...],
        Meta(description="the kinds of wrong token to ask with; all when left out"),
    ] = ()
    visibility: Annotated[
        Literal["public", "all"], Meta(description="by `x-visibility`, which operations are asked")
    ] = "public"
    only: Annotated[
        tuple[Text, ...], Meta(description="these alone, as `GET /orders/{id}`, whatever they are")
    ] = ()
    leave_out: Annotated[
        tuple[Text, ...], Meta(description="these not: open on purpose, or for a person to judge")
    ] = ()
    unsafe: Annotated[
        bool, Meta(description="ask other methods than GET and HEAD too, with what cannot work")
    ] = True
    good: Annotated[
        bool, Meta(description="ask GET and HEAD with the target's token too: not if that changes")
    ] = True
    secret: Annotated[
        str,
        Meta(
            pattern=rf"^({PATTERN})?$",
            description="what signs the tokens, as `${JWT_SECRET}`",
        ),
    ] = ""
    audience: Annotated[str, Meta(description="whom a token must be for; `aud` in it")] = ""
    at_once: Annotated[
        int, Meta(ge=1, le=200, description="so many operations are asked at the same time")
    ] = 20
    each: Annotated[Span, Meta(description="no answer within this time says nothing")] = 5.0

    def label(self) -> str:
        """Say what is looked at."""
        return "guard of the public surface"

    async def run(self, tools: Tools) -> Result:
        """Ask each operation with each token; the evidence begins with who let somebody in."""
        name = self.openapi or tools.target.openapi
        url = self.url or tools.target.url
        if not (name and url):
            return _unknown("nothing to ask: name `openapi` and `target.url`")
        base = tools.expand(url).rstrip("/")
        good, secret = tools.expand(tools.target.token), tools.expand(self.secret)
        if not (good.isascii() and good.isprintable()):
            return _unknown("the target's token holds a character that no header may hold")
        try:
            api = await read_document(tools.path(name), name)
            chosen = await asyncio.to_thread(SelectedOperations.select, api, self._selection())
        except UnreadableError as error:
            return _unknown(str(error))
        if not chosen.requested:
            return _unknown(_spared(chosen) or f"no operation of {name} is to be asked")
        made = tokens(good, secret, self.audience).only(self.wrong)
        if not made.wrong:
            return _unknown("; ".join(names(made.unasked)))
        client = await asyncio.to_thread(tools.many, self.each, self.at_once)
        async with client:
            using = made.good if self.good and not made.fault else None
            probing = Probe(client, base, tools, made.wrong, using, self.each)
            try:
                async with asyncio.timeout(self.timeout):
                    await probing.run(chosen.sample_requests(), self.at_once, len(chosen.requested))
            except TimeoutError:
                pass  # what was seen until then counts
        return self._judge(chosen, made, probing.seen, made_here=not good)

    def _selection(self) -> SelectionOptions:
        return SelectionOptions(self.visibility == "all", self.only, self.leave_out, self.unsafe)

    def _judge(
        self, chosen: SelectedOperations, made: Tokens, seen: ProbeFindings, *, made_here: bool
    ) -> Result:
        figures = {key: float(seen.counts[key]) for key in ("operations", "requests", "let_in")}
        details = (*seen.let_in, *seen.wrong, *seen.refused, *seen.unclear)
        details += (*names(made.unasked), *chosen.describe_omissions())
        outcome, evidence = Outcome.FAILED, ""
        if seen.let_in:
            evidence = _first(seen.let_in, seen.counts["let_in"])
            evidence += ": somebody without a valid token was let in: demote it"
        elif seen.wrong:
            evidence = _first(seen.wrong, seen.counts["wrong"]) + ", 401 or 403 expected"
        elif seen.refused and not made_here:
            evidence = _first(seen.refused, seen.counts["refused"])
        elif not (evidence := self._unmeasured(chosen, made, seen)):
            return Result(Outcome.PASSED, self._passed(made, seen), details, figures)
        else:
            outcome = Outcome.UNKNOWN
        return Result(outcome, evidence, details, figures)

    def _unmeasured(self, chosen: SelectedOperations, made: Tokens, seen: ProbeFindings) -> str:
        """Say what was not measured, so that it is not passed; empty when all was."""
        done, of = seen.counts["operations"], len(chosen.requested)
        if done < of:
            within = format_duration(self.timeout)
            asked = f"only {done:,} of {of:,} operations were asked"
            return f"{asked} within {within}: give more `timeout`"
        if seen.unclear:
            return _first(seen.unclear, seen.counts["unclear"]) + ", which says nothing of a guard"
        if seen.refused:
            return "the token made with `secret` is refused: set `target.token`"
        if said := _spared(chosen):
            return said
        wants_good = self.good and not made.good
        lacking = "not asked with a good token: set `target.token`, or `good: false`"
        if made.fault or wants_good:
            return made.fault or lacking
        # What the card names is to be asked with; of all there are, what cannot be made is left.
        return "; ".join(names(made.unasked)) if self.wrong else ""

    def _passed(self, made: Tokens, seen: ProbeFindings) -> str:
        count, kinds = seen.counts["operations"], len(made.wrong)
        said = f"{count:,} operations refuse {kinds} of {kinds + len(made.unasked)} kinds of"
        said += " wrong token"
        return said + (f", {seen.counts['answered']:,} take the good one" if self.good else "")


def _spared(chosen: SelectedOperations) -> str:
    """Name what is not asked since it might do something; empty when there is no such thing."""
    if not chosen.unprotected:
        return ""
    words = "is not asked: no id or body in it keeps a broken guard from changing something"
    return f"{_first(chosen.unprotected, len(chosen.unprotected))} {words}"


def _unknown(evidence: str) -> Result:
    return Result(Outcome.UNKNOWN, evidence)


def _first(told: "list[str] | tuple[str, ...]", count: int) -> str:
    more = "" if count == 1 else f" (and {count - 1:,} more)"
    return one_line(told[0], 110) + more  # so that what is said after it is kept too
