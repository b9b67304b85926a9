"""Web origins that look like an allowed one but differ from it."""

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

_ORIGIN = re.compile(r"https?://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?")
_STRANGERS = ("https://cockpit-stranger.test", "null")
_OTHER_PORT = 8443


def origin(text: Any) -> str:
    """Read an origin as a browser sends it; raises ValueError with what would be right.

    >>> origin("https://shop.example")
    'https://shop.example'
    """
    if isinstance(text, str) and _ORIGIN.fullmatch(text):
        return text
    raise ValueError(
        f"{text!r} is no origin: write scheme, host and perhaps a port in lower case, without a"
        " path, as https://app.example.com"
    )


def strangers(allowed: Sequence[str]) -> Iterator[str]:
    """Yield origins that must be refused: strangers, and look-alikes of each allowed one.

    >>> list(strangers(["https://a.example"]))[2:5]
    ['https://a.example.evil.test', 'https://evila.example', 'https://evil.a.example']
    """
    known = {*allowed}
    look_alikes = (candidate for own in allowed for candidate in _look_alikes(own))
    for candidate in (*_STRANGERS, *look_alikes):
        if candidate not in known:
            known.add(candidate)
            yield candidate


def _look_alikes(allowed: str) -> Iterator[str]:
    parts = urlsplit(allowed)
    host, port = parts.hostname or "", parts.port
    at = f":{port}" if port else ""
    if re.search(r"[a-z]", host) and ":" not in host:
        yield f"{parts.scheme}://{host}.evil.test{at}"
        yield f"{parts.scheme}://evil{host}{at}"
        yield f"{parts.scheme}://evil.{host}{at}"
        if "." in host:  # a dot that a pattern takes for any letter
            yield f"{parts.scheme}://{host.replace('.', 'x', 1)}{at}"
    authority = f"[{host}]" if ":" in host else host
    yield f"{'http' if parts.scheme == 'https' else 'https'}://{authority}{at}"
    yield f"{parts.scheme}://{authority}:{_OTHER_PORT if port != _OTHER_PORT else port + 1}"
