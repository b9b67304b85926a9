"""Whether the service stays within its limits under load, sent by Locust at an offered rate."""

from typing import Annotated, ClassVar

from msgspec import Meta

from checks.core.base import Check, Outcome, Result, Scheduling, Tools
from checks.core.durations import format_duration
from checks.core.errors import ForbiddenHostError, HttpError, UnreadableError
from checks.core.text import count_of, one_line
from checks.core.units import Duration, Share, Span, Text
from checks.loadgen import database_probe, locust_command, locust_process, verdict
from checks.loadgen.locust_process import LocustProcess
from checks.loadgen.operations import (
    LoadOperation,
    WeightedPath,
    operations_of_card,
    operations_of_document,
)
from checks.loadgen.options import ExpectedRate, LatencyLimit, OfferedRate, multiple, rate_per_s
from checks.loadgen.preflight_request import require_allowed, send_preflight_request
from checks.loadgen.verdict import LoadLimits, LoadMeasurement
from checks.web.target import authorization, base_url

_WORKER_WAIT_SHARE = 0.75
"""The share of `timeout` for which Locust waits for workers."""


class Load(Check, kw_only=True, frozen=True, tag="load"):
    """Locust sends requests at an offered rate; latencies and failures stay within their limits.

    Failed: a limit is broken. The load ends early once a limit can no longer be kept.

    Unknown: less than 95 % of the offered rate was achieved, because requests that were never sent
    have no latency (coordinated omission). Or there were too few requests for a percentile, a
    worker died, Locust could not run, or a single request before the load had no response.

    The load requests `operations`, or a `locustfile`, or the GET operations of the OpenAPI document
    whose parameters have examples: only the public ones if any are public, each weighted by its
    `x-weight`.

    Requests that begin during `warmup` do not count. Redirects are not followed: every status other
    than 2xx is a failure. At most 1 MiB of a body is read.

    With `workers`, Locust waits for that many workers, started elsewhere with `locust --worker -f -
    --master-host HOST --master-port PORT`. What it sends them, including the token, is not
    encrypted.
    """

    FIGURES: ClassVar = {
        "rps": "achieved rate, in requests a second",
        "average_s": "mean latency, in seconds",
        "p50_s": "50th percentile of the latencies, in seconds",
        "p95_s": "95th percentile of the latencies, in seconds",
        "p99_s": "99th percentile of the latencies, in seconds",
        "failures": "share of requests that failed, from 0 to 1",
        "database_s": "slowest response of the database, in seconds, if `database` is set",
    }

    rate: Annotated[
        OfferedRate | None,
        Meta(description="the offered rate: requests a second, or a multiple of `expects`"),
    ] = None
    expects: Annotated[
        ExpectedRate | None,
        Meta(description="the rate expected in production, or the `${NAME}` that holds it"),
    ] = None
    duration: Annotated[Span, Meta(description="how long the load is measured")] = 60.0
    warmup: Annotated[
        Duration, Meta(description="how long the load runs before that, uncounted")
    ] = 5.0
    operations: Annotated[
        tuple[WeightedPath, ...],
        Meta(description="what is requested, in place of the OpenAPI document"),
    ] = ()
    openapi: Annotated[
        str, Meta(description="the OpenAPI document; the target's when left out")
    ] = ""
    locustfile: Annotated[
        Text | None,
        Meta(description="or a locustfile of your own: its users pace themselves"),
    ] = None
    users: Annotated[
        int | None,
        Meta(ge=1, le=100_000, description="number of users; enough for the rate when left out"),
    ] = None
    token: Annotated[bool, Meta(description="send the target's token as a bearer")] = False
    within: Annotated[Span, Meta(description="a response that takes longer is a failure")] = 10.0
    average: Annotated[LatencyLimit | None, Meta(description="limit of the mean latency")] = None
    p95: Annotated[
        LatencyLimit | None, Meta(description="limit of the 95th percentile of the latencies")
    ] = None
    p99: Annotated[
        LatencyLimit | None, Meta(description="limit of the 99th percentile of the latencies")
    ] = None
    failures: Annotated[
        Share | None, Meta(description="share of requests that may fail; none when left out")
    ] = None
    database: Annotated[
        LatencyLimit | None,
        Meta(
            description="query the target's database during the load: limit of its slowest response"
        ),
    ] = None
    processes: Annotated[
        int, Meta(ge=1, le=256, description="processes on this machine that send requests")
    ] = 1
    workers: Annotated[int, Meta(ge=0, le=1000, description="Locust workers started elsewhere")] = 0
    listen: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9.-]+:[0-9]{1,5}$",
            description="address and port on which Locust waits for workers",
        ),
    ] = "127.0.0.1:5557"
    timeout: Annotated[
        Span, Meta(description="in addition to `warmup` and `duration`: for start, workers and end")
    ] = 60.0

    def __post_init__(self) -> None:
        """Check that the rate is known and that the options do not exclude each other."""
        if self.rate is None and not (self.locustfile and self.users):
            raise ValueError("the key `rate` is missing, or `users` of a `locustfile`")
        if self.rate and self.rate.strip().endswith("x") and self.expects is None:
            raise ValueError(f"`rate: {self.rate}` is a multiple of `expects`, which is missing")
        if self.locustfile and (self.operations or self.openapi):
            raise ValueError("a `locustfile` has its own operations: leave out one of the two")
        if self.locustfile and self.token:
            raise ValueError("a `locustfile` sends its own headers: leave out `token`")
        if self.locustfile and "," in self.locustfile:
            raise ValueError(
                "`locustfile` must not contain a comma: Locust would read it as two files"
            )
        if self.workers and self.processes > 1:
            raise ValueError(
                "use either `processes` on this machine or `workers` elsewhere, not both"
            )

    def label(self) -> str:
        """Return the default title."""
        rate = self.rate or count_of(self.users or 0, "user")
        return f"load of {rate} for {format_duration(self.duration)}"

    def scheduling(self) -> Scheduling:
        """Return EXCLUSIVE: any other check would measure the load."""
        return Scheduling.EXCLUSIVE

    def lasts_s(self) -> float:
        """Return the seconds of warm-up and measurement."""
        return self.warmup + self.duration

    def limit_s(self) -> float:
        """Return the load's own length plus `timeout`, in seconds."""
        return self.lasts_s() + self.timeout

    async def run(self, tools: Tools) -> Result:
        """Send one request, then the load; report progress each second."""
        try:
            offered_per_s = self._offered_per_s(tools)
            headers = authorization(tools) if self.token else {}
            if self.workers:
                require_allowed(tools, self.listen.rpartition(":")[0])
            base = base_url(tools)
            operations = [] if self.locustfile else await self._operations(tools)
            first_path = operations[0].path if operations else "/"
            await send_preflight_request(tools, base, first_path, headers, self.within)
        except HttpError as error:
            return Result(Outcome.UNKNOWN, f"no load is sent: the target {error}")
        except ForbiddenHostError as error:
            return Result(Outcome.UNKNOWN, f"no load is sent: {error}")
        except UnreadableError as error:
            return Result(Outcome.UNKNOWN, str(error))
        if self.database is None:
            return await self._load(tools, base, operations, headers, offered_per_s)

        async with database_probe.probing(tools) as responses:
            result = await self._load(tools, base, operations, headers, offered_per_s)
        return responses.added_to(result, self.database)

    def _offered_per_s(self, tools: Tools) -> float | None:
        """Return the offered rate in requests a second; None if the locustfile sets the pace.

        Raises UnsetVariableError, or UnreadableError if the variable of `expects` holds no rate.
        """
        if self.rate is None:
            return None
        factor = multiple(self.rate)
        if factor is None:
            return rate_per_s(self.rate)
        try:
            return factor * rate_per_s(tools.expand(self.expects or ""))
        except ValueError as error:
            raise UnreadableError(f"`expects: {self.expects}` cannot be used: {error}") from None

    async def _operations(self, tools: Tools) -> list[LoadOperation]:
        if self.operations:
            return operations_of_card(self.operations, tools)
        openapi = self.openapi or tools.target.openapi
        if not openapi:
            raise UnreadableError(
                "nothing to request: name `operations`, `openapi` or a `locustfile`"
            )
        return await operations_of_document(openapi, tools)

    async def _load(
        self,
        tools: Tools,
        base: str,
        operations: list[LoadOperation],
        headers: dict[str, str],
        offered_per_s: float | None,
    ) -> Result:
        senders = locust_command.LoadSenders(
            self.processes, self.workers, self.listen, _WORKER_WAIT_SHARE * self.timeout
        )
        users = self.users or locust_command.users_for(offered_per_s or 0.0, senders)
        plan = locust_command.LoadPlan(
            warmup_s=self.warmup,
            duration_s=self.duration,
            within_s=self.within,
            interval_s=users / (offered_per_s or users),
            headers=headers,
            operations=[(item.path, item.name, item.weight) for item in operations],
        )
        locustfile = tools.path(self.locustfile) if self.locustfile else None
        argv = locust_command.argv(base, users, locustfile, senders)
        # Locust reads settings from its working folder: without a locustfile, use one without any.
        folder = tools.folder if locustfile else locust_command.CHILD
        measurement = verdict.LoadMeasurement(self._limits(), self.duration, offered_per_s)
        try:
            async with locust_process.run_locust(
                argv, folder, locust_command.environment(tools.env, plan)
            ) as locust:
                await self._follow(locust, measurement, tools)
        except OSError as error:
            return Result(Outcome.UNKNOWN, f"Locust cannot be started: {error.strerror or error}")
        if measurement.measured_s or measurement.dead:
            return measurement.result()
        return _nothing_measured(locust)

    def _limits(self) -> LoadLimits:
        return LoadLimits(
            average=self.average, p95=self.p95, p99=self.p99, failures=self.failures or 0.0
        )

    async def _follow(
        self, locust: LocustProcess, measurement: LoadMeasurement, tools: Tools
    ) -> None:
        """Add each tick and report progress, until the verdict can no longer change."""
        async for tick in locust.ticks(self.timeout):
            measurement.add(tick)
            tools.say(measurement.progress(tick))
            if measurement.is_over():
                return


def _nothing_measured(locust: LocustProcess) -> Result:
    line = one_line(locust.log_output.last())
    reason = f": {line}" if line else ", and logged nothing"
    evidence = f"Locust measured nothing{reason}"
    return Result(Outcome.UNKNOWN, evidence, locust.log_output.lines())
