"""Whether the service keeps its limits under load: Locust, at an offered rate, in a process."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from checks.core.base import Check, Outcome, Result, Scheduling, Tools
from checks.core.durations import format_duration
from checks.core.errors import UnreadableError
from checks.core.text import one_line
from checks.core.units import Duration, Share, Span, Text
from checks.loadgen.operations import LoadOperation, Weighted, described_by, listed_by
from checks.loadgen.options import Latency, Offer, Rate, rate_per_s, times

if TYPE_CHECKING:
    from checks.loadgen.locust_process import LocustProcess
    from checks.loadgen.verdict import Limits, LoadMeasurement

_WAITED = 0.75
"""Of the time beside the load, as much is waited for workers."""


class Load(Check, kw_only=True, frozen=True, tag="load"):
    """Locust asks the target at an offered rate; latencies and failures stay within their limits.

    Failed: a limit is broken. The load ends early once a limit can no longer be kept.

    Unknown: less than 95 % of the offered rate was achieved, for what was never sent has no latency
    (coordinated omission). Or there were too few requests for a percentile, a worker died, Locust
    could not run, or the one request before the load had no answer.

    What is asked: `operations`, a `locustfile`, or the GET operations of the OpenAPI document whose
    parameters have examples. Of these, the public ones where some are marked public; each is
    weighted by its `x-weight`.

    Requests that begin in `warmup` count nowhere. Redirects are not followed: each answer but a 2xx
    is a failure. At most 1 MiB of a body is read.

    With `workers`, Locust waits for as many that are started elsewhere, as `locust --worker -f -
    --master-host HOST --master-port PORT`. What it sends them, the token too, is not encrypted.
    """

    FIGURES: ClassVar = {
        "rps": "requests a second that were achieved",
        "average_s": "the mean latency, in seconds",
        "p50_s": "half of the latencies are shorter, in seconds",
        "p95_s": "95 % of the latencies are shorter, in seconds",
        "p99_s": "99 % of the latencies are shorter, in seconds",
        "failures": "the share of requests that failed, from 0 to 1",
        "database_s": "the slowest answer of the database, in seconds, where `database` is given",
    }

    rate: Annotated[
        Offer | None,
        Meta(description="the offered rate: requests a second, or a multiple of `expects`"),
    ] = None
    expects: Annotated[Rate | None, Meta(description="the rate that is expected in service")] = None
    duration: Annotated[Span, Meta(description="how long is measured")] = 60.0
    warmup: Annotated[Duration, Meta(description="before that, and in no figure")] = 5.0
    operations: Annotated[
        tuple[Weighted, ...], Meta(description="what is asked, in place of the OpenAPI document")
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
        Meta(ge=1, le=100_000, description="how many send; enough for the rate when left out"),
    ] = None
    token: Annotated[bool, Meta(description="send the target's token as a bearer")] = False
    within: Annotated[Span, Meta(description="an answer that takes longer is a failure")] = 10.0
    average: Annotated[Latency | None, Meta(description="the limit of the mean latency")] = None
    p95: Annotated[Latency | None, Meta(description="the limit of 95 % of the latencies")] = None
    p99: Annotated[Latency | None, Meta(description="the limit of 99 % of the latencies")] = None
    failures: Annotated[
        Share | None, Meta(description="how many may fail; not a single one when left out")
    ] = None
    database: Annotated[
        Latency | None,
        Meta(description="ask the target's database beside it: the limit of its slowest answer"),
    ] = None
    processes: Annotated[
        int, Meta(ge=1, le=256, description="processes of this machine that send")
    ] = 1
    workers: Annotated[
        int, Meta(ge=0, le=1000, description="Locust workers that are started elsewhere")
    ] = 0
    listen: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9.-]+:[0-9]{1,5}$",
            description="the address and port on which workers are awaited",
        ),
    ] = "127.0.0.1:5557"
    timeout: Annotated[
        Span, Meta(description="beside `warmup` and `duration`: for starting, workers and the end")
    ] = 60.0

    def __post_init__(self) -> None:
        """See that it is known what is offered, and by whom."""
        if self.rate is None and not (self.locustfile and self.users):
            raise ValueError("the key `rate` is missing, or `users` of a `locustfile`")
        if self.rate and self.rate.strip().endswith("x") and self.expects is None:
            raise ValueError(f"`rate: {self.rate}` is a multiple of `expects`, which is missing")
        if self.locustfile and (self.operations or self.openapi):
            raise ValueError("a `locustfile` has its own operations: take one of the two out")
        if self.locustfile and self.token:
            raise ValueError("a `locustfile` sends its own headers: take `token` out")
        if self.locustfile and "," in self.locustfile:
            raise ValueError("Locust takes a comma in `locustfile` for the end of a name")
        if self.workers and self.processes > 1:
            raise ValueError("take `processes` on this machine or `workers` elsewhere, not both")

    @property
    def offered_per_s(self) -> float | None:
        """The offered rate in requests a second; None where the locustfile's users set it."""
        if self.rate is None:
            return None
        multiple = times(self.rate)
        return rate_per_s(self.rate) if multiple is None else multiple * (self.expects or 0.0)

    def label(self) -> str:
        """Say what is offered, and for how long."""
        return f"load of {self.rate or f'{self.users} users'} for {format_duration(self.duration)}"

    def scheduling(self) -> Scheduling:
        """By itself: everything else would measure the load."""
        return Scheduling.EXCLUSIVE

    def lasts_s(self) -> float:
        """Give the seconds of warm-up and measurement."""
        return self.warmup + self.duration

    def limit_s(self) -> float:
        """Give the seconds after which there is no answer: its own length, and `timeout`."""
        return self.lasts_s() + self.timeout

    async def run(self, tools: Tools) -> Result:
        """Ask once, then begin the load, and say each second how it stands."""
        from checks.loadgen.preflight_request import NoLoadError, allow, headers, reach  # noqa: PLC0415

        try:
            sent = headers(tools, token=self.token)
            if self.workers:
                allow(tools, self.listen.rpartition(":")[0])
            base = tools.expand(tools.target.url).rstrip("/")
            asked = [] if self.locustfile else await self._asked(tools)
            await reach(tools, base, asked[0].path if asked else "/", sent, self.within)
        except (UnreadableError, NoLoadError) as error:
            return Result(Outcome.UNKNOWN, str(error))
        if self.database is None:
            return await self._load(tools, base, asked, sent)
        from checks.loadgen import database_probe  # noqa: PLC0415

        async with database_probe.asking(tools) as answers:
            result = await self._load(tools, base, asked, sent)
        return answers.judged(result, self.database)

    async def _asked(self, tools: Tools) -> list[LoadOperation]:
        if self.operations:
            return listed_by(self.operations, tools)
        openapi = self.openapi or tools.target.openapi
        if not openapi:
            raise UnreadableError("nothing to ask: name `operations`, `openapi` or a `locustfile`")
        return await described_by(openapi, tools)

    async def _load(
        self, tools: Tools, base: str, asked: list[LoadOperation], sent: dict[str, str]
    ) -> Result:
        # they bring asyncio
        from checks.loadgen import locust_command, locust_process, verdict  # noqa: PLC0415

        places = locust_command.LoadSenders(
            self.processes, self.workers, self.listen, _WAITED * self.timeout
        )
        users = self.users or locust_command.users_for(self.offered_per_s or 0.0, places)
        plan = locust_command.LoadPlan(
            warmup_s=self.warmup,
            duration_s=self.duration,
            within_s=self.within,
            interval_s=users / (self.offered_per_s or users),
            headers=sent,
            operations=[(each.path, each.name, each.weight) for each in asked],
        )
        own = tools.path(self.locustfile) if self.locustfile else None
        argv = locust_command.argv(base, users, own, places)
        # Locust takes settings from the folder that it starts in: ours are to come from the card.
        folder = tools.folder if own else locust_command.CHILD
        measured = verdict.LoadMeasurement(self._limits(), self.duration, self.offered_per_s)
        try:
            async with locust_process.running(
                argv, folder, locust_command.environment(tools.env, plan)
            ) as one:
                await self._follow(one, measured, tools)
        except OSError as error:
            return Result(Outcome.UNKNOWN, f"Locust cannot be started: {error.strerror or error}")
        return measured.result() if measured.measured_s or measured.dead else _not_begun(one)

    def _limits(self) -> "Limits":
        from checks.loadgen.verdict import Limits  # noqa: PLC0415

        return Limits(
            average=self.average, p95=self.p95, p99=self.p99, failures=self.failures or 0.0
        )

    async def _follow(
        self, one: "LocustProcess", measured: "LoadMeasurement", tools: Tools
    ) -> None:
        """Take each second in, say how it stands, and leave when all is proved."""
        async for tick in one.ticks(self.timeout):
            measured.add(tick)
            tools.say(measured.words(tick))
            if measured.is_over():
                return


def _not_begun(one: "LocustProcess") -> Result:
    said = one_line(one.said.last())
    reason = f": {said}" if said else ", and said nothing"
    return Result(Outcome.UNKNOWN, f"Locust measured nothing{reason}", one.said.lines())
