"""What the widgets are shown in their tests: one run, seen in six states."""

from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from widgets.armed import ArmedView
from widgets.banner import Banner, BannerStyle, BannerView
from widgets.board import Board, BoardGroup, BoardLine, BoardView
from widgets.breakers import BreakerBar, BreakerTile
from widgets.budget import BudgetPanel, BudgetView, MeterRow
from widgets.burndown import BurnDown
from widgets.chart import GAP, Sample
from widgets.cutover import CutoverList, CutoverView, PhaseChip
from widgets.drawn import Drawn
from widgets.feed import Feed, FeedLine
from widgets.form import Choice, FormLine
from widgets.glyphs import Status
from widgets.picker import Option, Picker, PickerView
from widgets.rows import ListRow
from widgets.ruler import RulerView, WindowRuler
from widgets.slo import SloPanel, SloPanelView, SloView, TimeMark
from widgets.strip import CellView, StatusStrip, Tone
from widgets.topbar import EnvironmentTag, TopBar, TopBarView

S = Status


class Shown(Struct, frozen=True):
    """All values of one screen."""

    banner: BannerView
    strip: tuple[CellView, ...]
    cutover: CutoverView
    slo: SloPanelView
    feed: tuple[FeedLine, ...]
    breakers: tuple[BreakerTile, ...]
    ruler: RulerView = field(
        default_factory=lambda: RulerView(
            "02:00Z", "04:00Z", 0.218, 0.605, 0.9, "end 03:12Z", "start back by 03:48Z"
        )
    )
    topbar: TopBarView = field(
        default_factory=lambda: TopBarView(
            EnvironmentTag.PRODUCTION,
            "acme-api",
            "2.4.0 → 2.5.0",
            run="0301-0200",
            watching=2,
            control="alice",
            utc="02:26:12Z",
        )
    )


def wave(level: float, length: int = 80) -> tuple[Sample, ...]:
    return tuple(level + 0.04 * ((i * 7) % 5 - 2) / 2 for i in range(length))


P95_OK = SloView(
    "p95",
    S.OK,
    "148 ms",
    "limit 250 ms for 5m",
    limit_mark="250",
    age="1 s old",
    series=wave(0.585),
)
P95_BREACH = replace(
    P95_OK,
    status=S.BREACHING,
    value="268 ms",
    note="trips in 2m41s",
    detail="2m19s of 5m",
    series=(*wave(0.6, 70), 0.96, 1.07, 1.08, 1.07, 1.09, 1.06, 1.07, 1.07, 1.08, 1.07),
)
P95_TRIP = replace(P95_BREACH, status=S.TRIPPED, value="264 ms", note="TRIPPED", tripped=2)
ERRORS_OK = SloView(
    "5xx",
    S.OK,
    "0.02 %",
    "limit 0.50 % for 2m",
    limit_mark="0.50",
    age="1 s old",
    series=wave(0.05),
)
ERRORS_BLIND = replace(
    ERRORS_OK,
    status=S.BLIND,
    value="no data",
    note="blind 4m10s",
    detail="timeout 5 s",
    series=wave(0.05, 70) + (None,) * 10,
)
REST = (
    SloView("auth fail", S.OK, "3 /min", "limit 100 /min", limit_mark="100", series=wave(0.03)),
    SloView("no-auth", S.OK, "0 of 9", "limit 0 of 9", limit_mark="0", series=(0.0,) * 80),
    SloView("db pool", S.OK, "41 %", "limit 80 % of 40", limit_mark="80", series=wave(0.51)),
    SloView("slow query", S.OK, "0", "limit 0 over 1 s", limit_mark="0", series=(0.0,) * 80),
    SloView("backup", S.OK, "ok", "last 02:21Z", series=(0.0,) * 80),
)
MARKS = (TimeMark("T-10 database", 14.5), TimeMark("5 %", 8.6))
AXIS = (TimeMark("02:10Z", 64), TimeMark("02:15Z", 44), TimeMark("02:20Z", 24))


def panel(*first: SloView) -> SloPanelView:
    return SloPanelView((*first, *REST), "last 15m", MARKS, AXIS)


def cells(
    trip: CellView, stop: CellView, clock: CellView | None = None, end: CellView | None = None
) -> tuple[CellView, ...]:
    return (
        clock or CellView("T-CLOCK", "T+00:00:31", "held 3m48s", figure="T+00:00:31"),
        trip,
        CellView(
            "GO BACK",
            "start by 03:48Z",
            "takes 12m",
            short="by 03:48Z",
            figure="03:48Z",
            figure_note="start by then, takes 12m",
        ),
        end or CellView("END", "03:12Z", "36m before 03:48Z", figure="03:12Z"),
        CellView(
            "WINDOW",
            "1h33m left",
            "closes 04:00Z",
            figure="1h33m",
            figure_note="left, closes 04:00Z",
        ),
        stop,
    )


NO_TRIP = CellView("NEXT TRIP", "none near, 7 ok", "p95 148 of 250 ms", short="none near, 7 ok")
NEAR = CellView(
    "NEXT TRIP",
    "p95 in 2m41s",
    "then rolls back",
    Tone.ATTENTION,
    figure="2m41s",
    figure_note="p95, then rolls back",
)
STOP_F6 = CellView(
    "STOP", "F6 rollback", "traffic + database", Tone.KEY, figure_note="a trip still rolls back"
)

ROWS = (
    ListRow("Preflight", S.PASSED, "9 of 9, 1 waived", "41 s"),
    ListRow("T-30  validation", S.PASSED, right="4m12s"),
    ListRow("T-10  database", S.PASSED, right="2m50s"),
    ListRow("T-0   canary", S.RUNNING, right="4m19s", active=True),
    ListRow("traffic 5 %", S.PASSED, "seen 4.8 ± 0.6 %", "31 s", 1),
    ListRow("hold 10m", S.RUNNING, "", "6m12s left", 1, active=True, progress=0.38),
    ListRow("traffic 100 %", S.TODO, "", "about 1m06s", 1),
    ListRow("hold 5m", S.TODO, "", "5m", 1),
    ListRow("T+60  finalization", S.TODO, right="about 33m30s"),
)
MISSING = (
    ListRow("p95 under 250 ms", S.BREACHING, right="trips in 2m41s"),
    ListRow("canary hold 10m", S.RUNNING, right="6m12s left"),
    ListRow("Done 12 of 16", S.TODO, right="p95, Sentry, 2 to do"),
    ListRow("poll of 5 stations", S.TODO, right="g polls"),
)
CUTOVER = CutoverView(
    ROWS,
    (
        PhaseChip("T-30 validation", S.PASSED),
        PhaseChip("T-10 database", S.PASSED),
        PhaseChip("T-0 canary", S.RUNNING, active=True),
        PhaseChip("T+60 finalization", S.TODO),
    ),
    tuple(replace(row, depth=0) for row in ROWS[4:8]),
    FormLine("preflight 9 of 9, 1 waived", S.PASSED),
    "traffic 5 %",
    (
        "router: canary weight 5 (was 0), reload 41 ms",
        "310 requests: 14 canary, 4.5 ± 1.2 %",
        "742 requests: 35 canary, 4.7 ± 0.8 %",
        "1,270 requests: 61 canary, 4.8 ± 0.6 %: done",
    ),
    MISSING,
)
ROLLING_BACK = replace(
    CUTOVER,
    rows=(
        *ROWS[:3],
        ListRow("T-0   canary", S.TRIPPED, right="7m38s", active=True),
        ListRow("traffic 5 %", S.PASSED, "seen 4.8 ± 0.6 %", "31 s", 1),
        ListRow("hold 10m", S.TRIPPED, "stopped by p95", "6m29s", 1),
        ListRow("traffic 100 %, hold 5m", S.SKIPPED, "skipped", "", 1),
        ListRow("ROLLBACK is 2.4.0 healthy?", S.PASSED, "yes, p95 131 ms", "6 s", 1),
        ListRow("ROLLBACK traffic 0 %", S.RUNNING, "seen 1.3 ± 0.6 %", "32 s", 1, active=True),
        ListRow("ROLLBACK watch 10m", S.TODO, "", "10m", 1),
        ListRow("T+60  finalization", S.SKIPPED, right="skipped"),
    ),
    output_of="traffic 0 %",
    output=("395 requests: 5 canary, 1.3 ± 0.6 %", "draining 3 connections on canary"),
)
PREFLIGHT = replace(
    CUTOVER,
    rows=(
        ListRow("Preflight", S.FAILED, "7 of 9, 1 waived", "36 s", active=True),
        ListRow("secrets", S.PASSED, "3 of 3 set", "0.0 s", 1),
        ListRow("gate:production", S.FAILED, "2 passed, 1 critical", "31.4 s", 1),
        ListRow("schema-compat: GET /orders.total was removed", depth=1),
        ListRow("ghost routes", S.UNKNOWN, "spec list not found", "0.1 s", 1),
        ListRow("audit/spec_routes_full.txt: no such file", depth=1),
        ListRow("public surface", S.PASSED, "9 of 9", "0.1 s", 1),
        ListRow("stable 2.4.0 healthy", S.PASSED, "200, p95 131 ms", "2.0 s", 1),
        ListRow("backup", S.PASSED, "01:32Z, 4.1 GB", "1.9 s", 1),
        ListRow("restore test", S.WAIVED, "waived: bob, by hand", "", 1),
        ListRow("T-30 validation to T+60 finalization", S.TODO, right="about 57m36s"),
    ),
    phases=(
        PhaseChip("T-30 validation", S.TODO),
        PhaseChip("T-10 database", S.TODO),
        PhaseChip("T-0 canary", S.TODO),
        PhaseChip("T+60 finalization", S.TODO),
    ),
    steps=(
        ListRow("gate:production", S.FAILED, "2 passed, 1 critical", "31.4 s"),
        ListRow("schema-compat: GET /orders.total was removed"),
        ListRow("ghost routes", S.UNKNOWN, "spec list not found", "0.1 s"),
        ListRow("audit/spec_routes_full.txt: no such file"),
    ),
    preflight=FormLine("preflight 7 of 9, 1 waived", S.FAILED),
    output_of="gate:production",
    output=("contract tests 41 of 41", "3 gates: 2 passed, 1 critical failure"),
)

FEED = (
    FeedLine("02:19:41Z", S.PASSED, "migrate deploy: 2 applied, 41 s"),
    FeedLine("02:21:53Z", S.FIRING, "T-0 canary: traffic 5 % ordered by alice"),
    FeedLine("02:22:24Z", S.PASSED, "traffic 5 % seen: 61 of 1,270 requests, 4.8 ± 0.6 %"),
    FeedLine("02:23:53Z", S.BREACHING, "p95 breaching: 268 ms over 250 ms, trips at 02:28:53Z"),
)
BREAKERS = (
    BreakerTile("F2", "demote endpoint", short="demote"),
    BreakerTile("F3", "freeze surface", short="freeze"),
    BreakerTile("F4", "sanity check", word="ready, a check", short="sanity"),
    BreakerTile("F5", "traffic 0 %"),
    BreakerTile("F6", "rollback"),
)

CALM = Shown(
    BannerView(
        BannerStyle.QUIET,
        "HOLD",
        "planned, all ok",
        (
            FormLine(
                "canary hold at 5 % of traffic, seen 4.8 ± 0.6 %",
                short="canary hold at 5 %, seen 4.8 ± 0.6 %",
            ),
            FormLine("7 of 7 monitors ok", S.OK),
            FormLine("412 of 598 canary requests since the hold began", short="then traffic 100 %"),
        ),
        (),
        "6:12",
        "hold left",
        progress=0.38,
    ),
    cells(NO_TRIP, STOP_F6),
    CUTOVER,
    panel(P95_OK, ERRORS_OK),
    FEED[:3],
    BREAKERS,
)
BREACH = replace(
    CALM,
    banner=BannerView(
        BannerStyle.CAUTION,
        "HOLD",
        "p95 breaching during the planned hold",
        (
            FormLine("p95 268 ms over 250 ms for 2m19s", S.BREACHING),
            FormLine(
                "canary hold at 5 % of traffic, 6m12s left",
                short="canary hold at 5 %, 6m12s left",
            ),
            FormLine("at 0:00 traffic rolls back, automatic, by the card's on_trip rule"),
        ),
        (
            Choice("F5", "traffic 0 %"),
            Choice("F6", "rollback: traffic + database", "rollback"),
            Choice("o", "output"),
        ),
        "2:41",
        "to trip",
        "then rolls back",
        under_short="p95 breaching, in a planned hold",
    ),
    strip=cells(NEAR, STOP_F6),
    slo=panel(P95_BREACH, ERRORS_OK),
    feed=FEED,
)
ARMED = replace(
    BREACH,
    banner=replace(
        BREACH.banner,
        under_armed="p95 breaching, trips in 2m34s",
        armed=ArmedView(
            "F5 ARMED",
            "0:07",
            0.7,
            "nothing sent; disarms in 7 s",
            "scripts/traffic.sh --canary 0",
            "everyone on 2.4.0 (the 5 % on 2.5.0 move back)",
            "verify: seen under 0.1 % in 30 s",
            "5 % → 0 %, seen under 0.1 % in 30 s",
            "F2 F3 F4 F6 still work",
        ),
    ),
    breakers=(*BREAKERS[:3], replace(BREAKERS[3], status=S.ARMED, word="ARMED"), BREAKERS[4]),
)
TRIP = replace(
    CALM,
    banner=BannerView(
        BannerStyle.ALARM,
        "NO-GO",
        "rolling back: automatic, on_trip",
        (
            FormLine(
                "p95 TRIPPED 02:28:53Z, 271 ms over 250 ms", S.TRIPPED, "p95 TRIPPED 02:28:53Z"
            ),
            FormLine("traffic to 0 %, seen 1.3 ± 0.6 %, step 2 of 3", S.RUNNING, "traffic to 0 %"),
        ),
        (Choice("o", "output"), Choice("F6", "undo T-10 too")),
        "0:48",
        "until back on 2.4.0",
        progress=0.4,
    ),
    strip=cells(
        CellView("NEXT TRIP", "none near, 6 ok", "1 tripped: p95"),
        CellView("STOP", "rolling back now", "F6 also undoes T-10", Tone.KEY, "going back"),
        end=CellView("BACK ON STABLE", "02:30:19Z", "then watch 10m", figure="02:30:19Z"),
    ),
    ruler=RulerView("02:00Z", "04:00Z", 0.245, None, 0.9, "", "start back by 03:48Z"),
    cutover=ROLLING_BACK,
    slo=panel(P95_TRIP, ERRORS_OK),
    breakers=(
        *BREAKERS[:3],
        replace(BREAKERS[3], status=S.FIRING, word="firing 32 s"),
        BREAKERS[4],
    ),
)
BLIND = replace(
    CALM,
    banner=BannerView(
        BannerStyle.CAUTION,
        "HOLD",
        "5xx is blind",
        (
            FormLine(
                "5xx is blind: prometheus does not answer", S.BLIND, "5xx is blind: no answer"
            ),
            FormLine("holds here until it sees; never rolls back by itself", short="holds here"),
        ),
        (Choice("F5", "traffic 0 %"), Choice("F6", "rollback"), Choice("w", "waive 5xx")),
        "+4:10",
        "without data since 02:25Z",
    ),
    strip=cells(
        CellView("NEXT TRIP", "5xx unknown, 6 ok", "1 of 7 blind", Tone.ATTENTION, "5xx unknown"),
        STOP_F6,
        end=CellView("END", "03:12Z or later", "36m before 03:48Z", figure="03:12Z"),
    ),
    slo=panel(P95_OK, ERRORS_BLIND),
)
NO_GO = replace(
    CALM,
    banner=BannerView(
        BannerStyle.STOP,
        "NO-GO",
        "nothing was changed yet",
        (
            FormLine("gate:production: 1 critical failure", S.FAILED),
            FormLine("ghost routes: spec list not found", S.UNKNOWN),
            FormLine("T-30 needs both; audit/spec_routes_full.txt: no such file"),
        ),
        (
            Choice("r", "run the 2 failed checks again", "run both"),
            Choice("w", "waive gate:production", "waive gate"),
        ),
        "4:18",
        "to window opening",
    ),
    strip=cells(
        CellView("NEXT TRIP", "learning", "41 of 60 requests"),
        CellView("STOP", "h hold", "stops the T-clock", Tone.KEY),
        CellView("T-CLOCK", "T-00:34:18", "counting", figure="T-00:34:18"),
    ),
    cutover=PREFLIGHT,
    slo=panel(
        replace(P95_OK, status=S.LEARNING, note="41 of 60 requests", series=(GAP,) * 78 + (0.6,)),
        replace(ERRORS_OK, status=S.LEARNING, note="41 of 60 requests", series=(GAP,) * 80),
    ),
    breakers=(
        *BREAKERS[:3],
        *(replace(tile, status=S.SKIPPED, word="nothing to undo") for tile in BREAKERS[3:]),
    ),
)
DONE = replace(
    CALM,
    banner=BannerView(
        BannerStyle.DONE,
        "DONE",
        "complete, nothing runs",
        (
            FormLine("GO: 2.5.0 live, 100 % observed", S.PASSED),
            FormLine("Done 16 of 16, 7 of 7 ok, poll 5 of 5"),
        ),
        (Choice("y", "day-1"), Choice("d", "Done"), Choice("j", "journal")),
        "36m",
        "rollback possible for",
    ),
)
SAMPLES = {
    "calm": CALM,
    "breach": BREACH,
    "armed": ARMED,
    "trip": TRIP,
    "blind": BLIND,
    "nogo": NO_GO,
    "done": DONE,
}

PICKER = PickerView(
    "F2 DEMOTE",
    "which endpoint?",
    ("public endpoint", "p95", "canary per min"),
    tuple(
        Option(
            path,
            (f"{p95} ms", per_min),
            (
                ("would run", f"npm run emergency:demote {path}"),
                ("changes", "callers outside are refused, both versions"),
                ("verify", "it answers 401, 403 or 404 within 30 s"),
            ),
            S.BREACHING if path == "/api/analytics" else S.NONE,
        )
        for path, p95, per_min in (
            ("/api/analytics", "1,240", "18"),
            ("/api/search", "203", "11"),
            ("/api/auth/login", "96", "9"),
            ("/api/status", "12", "2"),
        )
    ),
    "type to filter, slowest first",
    "arms F2, fires nothing",
)

BOARD = BoardView(
    "DONE 1 of 2",
    (
        BoardGroup(
            "technical",
            "1 of 2",
            (
                BoardLine("gate is green", S.PASSED, "passed 3m ago", "3 passed"),
                BoardLine("no PII in logs", S.TODO, "to do"),
            ),
        ),
    ),
    ((S.PASSED, "1 passed"), (S.TODO, "1 to do")),
    0.5,
)
BUDGET = BudgetView(
    limit="0.1 % over 28d",
    left=0.62,
    left_label="62 % left   9 of 24 failed",
    status=S.OK,
    rows=(MeterRow("p95", S.OK, "148 ms", "250 ms", 0.59),),
    curve=BurnDown(
        ((0.0, 1.0), (0.25, 0.5)), now=0.6, begins="02Z", ends="24h after", count="2 looks"
    ),
)
SAMPLE_OF: Mapping[type[Drawn[object]], object] = {
    Banner: BREACH.banner,
    Board: BOARD,
    BreakerBar: BREAKERS,
    BudgetPanel: BUDGET,
    CutoverList: CUTOVER,
    Feed: FEED,
    Picker: PICKER,
    SloPanel: BREACH.slo,
    StatusStrip: BREACH.strip,
    TopBar: BREACH.topbar,
    WindowRuler: BREACH.ruler,
}
"""A value of each widget that draws one."""


def rehearsal(sample: Shown) -> Shown:
    return replace(
        sample,
        topbar=replace(
            sample.topbar,
            environment=EnvironmentTag.REHEARSAL,
            run="R-0301-0200",
            note="touches nothing real",
            note_short="nothing real",
        ),
    )
