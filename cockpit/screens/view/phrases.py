"""How instants, counters and parts are said on the screen."""

from datetime import datetime, timedelta

from cockpit.card.model.monitors import AnyMonitor
from cockpit.card.model.steps import Part
from cockpit.foundation.formatting import clock, exact, percent, span
from cockpit.projections.forecast import ExpectedDuration
from cockpit.projections.monitor_status import limit_of, value_of


def format_countdown(seconds: float) -> str:
    """Say the large number: minutes and seconds, from an hour on hours and minutes.

    >>> format_countdown(161), format_countdown(7), format_countdown(5580), format_countdown(-3)
    ('2:41', '0:07', '1h33m', '0:00')
    """
    whole = max(0, int(seconds))
    return span(whole // 60 * 60) if whole >= 3600 else f"{whole // 60}:{whole % 60:02d}"


def whole(seconds: float) -> str:
    """Say a duration in whole seconds.

    >>> whole(161.7), whole(0.4)
    ('2m41s', '0s')
    """
    return span(int(max(0.0, seconds)))


def minutes(seconds: float) -> str:
    """Say a duration in whole minutes, below one in seconds.

    >>> minutes(725), minutes(31), minutes(5580)
    ('12m', '31s', '1h33m')
    """
    return span(int(seconds) // 60 * 60) if seconds >= 60 else whole(seconds)


def measured(seconds: float) -> str:
    """Say a duration that was measured and not assumed.

    >>> measured(340), measured(0.4)
    ('5m measured', '400 ms measured')
    """
    return f"{minutes(seconds) if seconds >= 60 else exact(seconds)} measured"


def lasting(of: ExpectedDuration) -> str:
    """Say how long a step is expected to take, and whether that was measured.

    >>> lasting(ExpectedDuration(60)), lasting(ExpectedDuration(340, measured=True))
    ('about 1m', '5m40s measured')
    """
    return f"{exact(of.seconds)} measured" if of.measured else f"about {span(of.seconds)}"


def ceil_to_minute(at: datetime) -> str:
    """Say an instant rounded up to the minute: nothing ends earlier than is said."""
    exact = at.replace(second=0, microsecond=0)
    return clock(exact if exact == at else exact + timedelta(minutes=1))


def t_plus(seconds: float) -> str:
    """Say the T-clock.

    >>> t_plus(31), t_plus(-600), t_plus(5590)
    ('T+00:00:31', 'T-00:10:00', 'T+01:33:10')
    """
    left = int(abs(seconds))
    sign = "-" if seconds < 0 and left else "+"
    return f"T{sign}{left // 3600:02d}:{left // 60 % 60:02d}:{left % 60:02d}"


def of_limit(monitor: AnyMonitor, seen: float | None) -> str:
    """Say a value beside its limit, the unit once: `148 of 250 ms`."""
    number, most = value_of(monitor, seen).partition(" "), limit_of(monitor)
    return f"{number[0] if most.endswith(number[2]) else ''.join(number)} of {most}"


_PARTS = {Part.APPLICATION: "app", Part.DATABASE: "database", Part.TRAFFIC: "traffic"}


def parts(of: tuple[Part, ...]) -> str:
    """Say what a rollback brings back.

    >>> parts((Part.TRAFFIC, Part.DATABASE))
    'traffic + database'
    """
    return " + ".join(_PARTS[part] for part in of)


def share(seen: float, margin: float | None) -> str:
    """Say an observed share with its margin.

    >>> share(0.048, 0.006), share(1.0, None)
    ('4.8 ± 0.6 %', '100 %')
    """
    if not margin:
        return percent(seen)
    return f"{percent(seen).removesuffix(' %')} ± {margin * 100:.1f} %"
