"""Whether every public operation requires a valid token."""

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
    """Every public operation answers wrong tokens with 401 or 403, and the valid token with 2xx.

    The wrong tokens are: none, garbage, a wrong signature, and `alg: none`. With the `secret` that
    signs tokens also an expired one and, if `audience` is set, one for another audience. They are
    modelled on the target's token.

    Failed: a wrong token gets 2xx (these are named first), or any status other than 401 and 403 (a
    404, 405 or 422 came before the token was checked); or the valid token is refused.

    Unknown: 5xx, a lasting 429, no response, or a request not sent in time. Also an operation that
    might change something if its guard is broken: it is named, but not requested.

    **It changes nothing**, even if a guard is broken. Methods other than GET and HEAD get ids that
    identify nothing and a body that cannot validate. GET and HEAD are also requested with the valid
    token: 2xx is right, or 404 if an id was made up.

    It proves which operations require a token, not what each token may do. Its requests carry
    `User-Agent: cockpit`, so that an alert on refused tokens can exclude them.
    """

    FIGURES: ClassVar = {
        "operations": "operations that were requested",
        "requests": "requests that were sent",
        "let_in": "operations that let a wrong token in",
    }

    timeout: Annotated[Span, Meta(description="the time limit of the whole check")] = 120.0
    url: Annotated[
        str, Meta(description="the service to test, as `${CANARY_URL}`; the target when left out")
    ] = ""
    openapi: Annotated[
        str, Meta(description="the OpenAPI document; the target's when left out")
    ] = ""
    wrong: Annotated[
        tuple[Wrong, ...],
        Meta(description="the kinds of wrong token to send; all when left out"),
    ] = ()
    visibility: Annotated[
        Literal["public", "all"],
        Meta(description="which operations are requested, by `x-visibility`"),
    ] = "public"
    only: Annotated[
        tuple[Text, ...],
        Meta(description="request only these, as `GET /orders/{id}`, whatever their visibility"),
    ] = ()
    leave_out: Annotated[
        tuple[Text, ...],
        Meta(description="do not request these: open on purpose, or judged by a person"),
    ] = ()
    unsafe: Annotated[
        bool,
        Meta(description="also send methods other than GET and HEAD, with values that cannot work"),
    ] = True
    good: Annotated[
        bool,
        Meta(
            description="also send GET and HEAD with the target's token; off if these change data"
        ),
    ] = True
    secret: Annotated[
        str,
        Meta(
            pattern=rf"^({PATTERN})?$",
            description="the secret that signs the tokens, as `${JWT_SECRET}`",
        ),
    ] = ""
    audience: Annotated[str, Meta(description="the audience (`aud`) that a token must have")] = ""
    at_once: Annotated[
        int, Meta(ge=1, le=200, description="how many operations are requested at the same time")
    ] = 20
    each: Annotated[
        Span, Meta(description="a request without a response within this time is unknown")
    ] = 5.0

    def label(self) -> str:
        """Return the default title."""
        return "guard of the public surface"

    async def run(self, tools: Tools) -> Result:
        """Request each operation with each token; the evidence names first what let one in."""
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
        """Return what was not measured and so cannot have passed; empty if everything was."""
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
    """Name the operations that might change something; empty if there are none."""
    if not chosen.unprotected:
        return ""
    words = "is not asked: no id or body in it keeps a broken guard from changing something"
    return f"{_first(chosen.unprotected, len(chosen.unprotected))} {words}"


def _unknown(evidence: str) -> Result:
    return Result(Outcome.UNKNOWN, evidence)


def _first(told: "list[str] | tuple[str, ...]", count: int) -> str:
    more = "" if count == 1 else f" (and {count - 1:,} more)"
    return one_line(told[0], 110) + more  # so that what is said after it is kept too
