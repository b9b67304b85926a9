"""The forms of durations, instants, values and parts on the screen."""

from datetime import datetime, timedelta

from checks.core.durations import format_duration
from cockpit.card.model.monitors import AnyMonitor
from cockpit.card.model.steps import Part
from cockpit.foundation.formatting import clock, percent
from cockpit.projections.forecast import ExpectedDuration
from cockpit.projections.monitor_status import format_limit, format_value


def format_countdown(seconds: float) -> str:
    """Format a countdown as `m:ss`, from an hour on as hours and minutes; a negative one as 0:00.

    >>> format_countdown(161), format_countdown(7), format_countdown(5580), format_countdown(-3)
    ('2:41', '0:07', '1h33m', '0:00')
    """
    left_s = max(0, int(seconds))
    return format_duration(left_s) if left_s >= 3600 else f"{left_s // 60}:{left_s % 60:02d}"


def whole_seconds(seconds: float) -> str:
    """Format a duration cut to whole seconds; a negative one as 0 s.

    >>> whole_seconds(161.7), whole_seconds(0.4)
    ('2m41s', '0 s')
    """
    return format_duration(int(max(0.0, seconds)))


def whole_minutes(seconds: float) -> str:
    """Format a duration cut to whole minutes, below one minute to whole seconds.

    >>> whole_minutes(725), whole_minutes(31), whole_minutes(5580)
    ('12m', '31 s', '1h33m')
    """
    return format_duration(int(seconds) // 60 * 60) if seconds >= 60 else whole_seconds(seconds)


def measured_total(seconds: float) -> str:
    """Format the measured share of an expected duration, in whole minutes from one minute on.

    >>> measured_total(340), measured_total(0.4)
    ('5m measured', '400 ms measured')
    """
    return f"{whole_minutes(seconds) if seconds >= 60 else _rounded(seconds)} measured"


def step_length(expected: ExpectedDuration) -> str:
    """Format how long a step is expected to take, and whether that was measured.

    >>> step_length(ExpectedDuration(60)), step_length(ExpectedDuration(340, measured=True))
    ('about 1m', '5m40s measured')
    """
    length = _rounded(expected.seconds)
    return f"{length} measured" if expected.measured else f"about {length}"


def _rounded(seconds: float) -> str:
    """Format a duration to a tenth of a second, below a second to a millisecond."""
    return format_duration(round(seconds, 1 if seconds >= 1 else 3))


def ceil_to_minute(at: datetime) -> str:
    """Format an instant rounded up to the minute: nothing ends earlier than shown."""
    minute = at.replace(second=0, microsecond=0)
    return clock(minute if minute == at else minute + timedelta(minutes=1))


def t_plus(seconds: float) -> str:
    """Format the T-clock.

    >>> t_plus(31), t_plus(-600), t_plus(5590)
    ('T+00:00:31', 'T-00:10:00', 'T+01:33:10')
    """
    left = int(abs(seconds))
    sign = "-" if seconds < 0 and left else "+"
    return f"T{sign}{left // 3600:02d}:{left // 60 % 60:02d}:{left % 60:02d}"


def of_limit(monitor: AnyMonitor, value: float | None) -> str:
    """Format a value beside its limit, the unit once: `148 of 250 ms`."""
    text, limit = format_value(monitor, value), format_limit(monitor)
    number, space, unit = text.partition(" ")
    return f"{number if limit.endswith(space + unit) else text} of {limit}"


_PARTS = {Part.APPLICATION: "app", Part.DATABASE: "database", Part.TRAFFIC: "traffic"}


def parts(of: tuple[Part, ...]) -> str:
    """Format the parts that a rollback undoes.

    >>> parts((Part.TRAFFIC, Part.DATABASE))
    'traffic + database'
    """
    return " + ".join(_PARTS[part] for part in of)


def share(observed: float, margin: float | None) -> str:
    """Format an observed share of traffic with its margin, both 0..1.

    >>> share(0.048, 0.006), share(1.0, None)
    ('4.8 ± 0.6 %', '100 %')
    """
    if not margin:
        return percent(observed)
    return f"{percent(observed).removesuffix(' %')} ± {margin * 100:.1f} %"
