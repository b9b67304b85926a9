"""Percentages that a person reads: what is neither nothing nor all is never 0 % or 100 %."""

import math

_MOST_DECIMALS = 6


def format_percent(ratio: float) -> str:
    """Format a ratio (1.0 is 100 %) as a percentage with three significant digits, or more.

    >>> format_percent(0.05), format_percent(0.00123), format_percent(1.0), format_percent(15.0)
    ('5 %', '0.123 %', '100 %', '1500 %')
    >>> format_percent(0.9998), format_percent(1.0004), format_percent(1e-12)
    ('99.98 %', '100.04 %', 'under 0.000001 %')
    """
    value = ratio * 100
    if not math.isfinite(value) or value == 0:
        return f"{value:g} %"
    text = with_decimals(value, max(0, 2 - math.floor(math.log10(abs(value)))))
    return (text.rstrip("0").rstrip(".") if "." in text else text) + " %"


def with_decimals(value: float, decimals: int) -> str:
    """Format a number of per cent with so many decimals, or as many more as tell it from 0 and 100.

    >>> with_decimals(4.8, 1), with_decimals(99.98, 1), with_decimals(100.0, 1)
    ('4.8', '99.98', '100.0')
    >>> with_decimals(100 - 1e-9, 1), with_decimals(100 + 1e-9, 1)
    ('under 100', 'over 100')
    """
    for more in range(min(decimals, _MOST_DECIMALS), _MOST_DECIMALS + 1):
        text = f"{value:.{more}f}"
        near = float(text)
        if near not in (0.0, 100.0) or math.isclose(value, near, rel_tol=1e-14):
            return text
    if near:
        return "under 100" if value < near else "over 100"
    return "under 0.000001" if value > 0 else "under 0"
