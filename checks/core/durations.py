"""One form for every duration that a person reads: in evidence, on the screen, in a report."""

import math


def format_duration(seconds: float) -> str:
    """Format a duration in seconds; below a minute with at most four significant digits.

    It is in milliseconds below a second and in seconds below a minute. From a minute on it is
    rounded to whole seconds, and from an hour on the seconds are left out.

    >>> format_duration(0.2504), format_duration(1.5), format_duration(31), format_duration(0)
    ('250.4 ms', '1.5 s', '31 s', '0 s')
    >>> format_duration(161), format_duration(600), format_duration(5580), format_duration(86_400)
    ('2m41s', '10m', '1h33m', '24h')
    >>> format_duration(-61), format_duration(0.99999), format_duration(59.999)
    ('-1m01s', '1 s', '1m')
    """
    if not math.isfinite(seconds):
        return f"{seconds} s"
    seconds = round(seconds, 6) + 0.0  # + 0.0: what is rounded to -0.0 has no sign
    if seconds < 0:
        return "-" + format_duration(-seconds)
    ms, rounded_s = float(f"{seconds * 1000:.4g}"), float(f"{seconds:.4g}")
    if 0 < ms < 1000:
        return f"{ms:g} ms"
    if rounded_s < 60:
        return f"{rounded_s:g} s"
    minutes, rest_s = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes:02d}m" if minutes else f"{hours}h"
    return f"{minutes}m{rest_s:02d}s" if rest_s else f"{minutes}m"
