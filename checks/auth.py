"""Whether every public operation requires a valid token."""

import asyncio
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.durations import format_duration
from checks.core.errors import UnreadableError
from checks.core.text import count_of, one_line
from checks.core.units import Span, Text
from checks.core.variables import PATTERN
from checks.openapi.document import read_document
from checks.openapi.selection import SelectedOperations, SelectionOptions
from checks.web.probe import Probe, ProbeFindings
from checks.web.tokens import Tokens, Wrong, describe_unavailable, tokens


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
            return _unknown("nothing to request: name `openapi` and `target.url`")
        base = tools.expand(url).rstrip("/")
        good, secret = tools.expand(tools.target.token), tools.expand(self.secret)
        if not (good.isascii() and good.isprintable()):
            return _unknown("the target's token holds a character that is illegal in a header")
        try:
            api = await read_document(tools.path(name), name)
            selected = await asyncio.to_thread(SelectedOperations.select, api, self._selection())
        except UnreadableError as error:
            return _unknown(str(error))
        if not selected.requested:
            return _unknown(_unprotected(selected) or f"no operation of {name} is selected")
        generated = tokens(good, secret, self.audience).only(self.wrong)
        if not generated.wrong:
            return _unknown("; ".join(describe_unavailable(generated.unavailable)))
        client = await asyncio.to_thread(tools.many, self.each, self.at_once)
        async with client:
            good_token = generated.good if self.good and not generated.fault else None
            probe = Probe(client, base, tools, generated.wrong, good_token, self.each)
            try:
                async with asyncio.timeout(self.timeout):
                    await probe.run(
                        selected.sample_requests(), self.at_once, len(selected.requested)
                    )
            except TimeoutError:
                pass  # the responses until then count
        return self._judge(selected, generated, probe.findings, is_generated=not good)

    def _selection(self) -> SelectionOptions:
        return SelectionOptions(self.visibility == "all", self.only, self.leave_out, self.unsafe)

    def _judge(
        self,
        selected: SelectedOperations,
        generated: Tokens,
        findings: ProbeFindings,
        *,
        is_generated: bool,
    ) -> Result:
        figures = {key: float(findings.counts[key]) for key in ("operations", "requests", "let_in")}
        details = (*findings.let_in, *findings.wrong, *findings.refused, *findings.unclear)
        details += (*describe_unavailable(generated.unavailable), *selected.describe_omissions())
        outcome, evidence = Outcome.FAILED, ""
        if findings.let_in:
            evidence = _first(findings.let_in, findings.counts["let_in"])
            evidence += ": a request without a valid token was let in: demote it"
        elif findings.wrong:
            evidence = _first(findings.wrong, findings.counts["wrong"]) + ", 401 or 403 expected"
        elif findings.refused and not is_generated:
            evidence = _first(findings.refused, findings.counts["refused"])
        elif not (evidence := self._unmeasured(selected, generated, findings)):
            return Result(Outcome.PASSED, self._passed(generated, findings), details, figures)
        else:
            outcome = Outcome.UNKNOWN
        return Result(outcome, evidence, details, figures)

    def _unmeasured(
        self, selected: SelectedOperations, generated: Tokens, findings: ProbeFindings
    ) -> str:
        """Return what was not measured and so cannot have passed; empty if everything was."""
        done, total = findings.counts["operations"], len(selected.requested)
        if done < total:
            within = format_duration(self.timeout)
            every = count_of(total, "operation was", "operations were")
            return f"only {done:,} of {every} requested within {within}: raise `timeout`"
        if findings.unclear:
            return (
                _first(findings.unclear, findings.counts["unclear"])
                + ", which proves nothing about the guard"
            )
        if findings.refused:
            return "the token made with `secret` is refused: set `target.token`"
        if reason := _unprotected(selected):
            return reason
        wants_good = self.good and not generated.good
        advice = "not requested with a valid token: set `target.token`, or `good: false`"
        if generated.fault or wants_good:
            return generated.fault or advice
        # Only the wrong tokens that the card names have to be sent, not all the default ones.
        return "; ".join(describe_unavailable(generated.unavailable)) if self.wrong else ""

    def _passed(self, generated: Tokens, findings: ProbeFindings) -> str:
        count, kinds = findings.counts["operations"], len(generated.wrong)
        all_kinds = kinds + len(generated.unavailable)
        evidence = f"{count_of(count, 'operation refuses', 'operations refuse')} {kinds} of"
        evidence += f" {count_of(all_kinds, 'kind')} of wrong token"
        accepted = f", {findings.counts['answered']:,} accept the valid one"
        return evidence + (accepted if self.good else "")


def _unprotected(selected: SelectedOperations) -> str:
    """Name the operations that might change something; empty if there are none."""
    if not selected.unprotected:
        return ""
    reason = "is not requested: it might change something if its guard is broken"
    return f"{_first(selected.unprotected, len(selected.unprotected))} {reason}"


def _unknown(evidence: str) -> Result:
    return Result(Outcome.UNKNOWN, evidence)


def _first(lines: "list[str] | tuple[str, ...]", count: int) -> str:
    more = "" if count == 1 else f" (and {count - 1:,} more)"
    return one_line(lines[0], 110) + more  # short enough for what follows it
