"""A DSN, the address at which Sentry takes events: `https://KEY@HOST[/PATH]/PROJECT`."""

import re
from urllib.parse import urlsplit

from msgspec import Struct

from checks.core.errors import UnreadableError

_KEY = re.compile(r"[A-Za-z0-9]+")


class Dsn(Struct, frozen=True):
    """Where events go, the number of their project, and the public key that lets them in."""

    base: str
    project: str
    key: str


def parse(text: str) -> Dsn:
    """Read a DSN; raises UnreadableError.

    >>> parse("https://abc@sentry.example.com:9000/inner/42")
    Dsn(base='https://sentry.example.com:9000/inner', project='42', key='abc')
    """
    try:
        parts = urlsplit(text.strip())
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise _wrong() from None
    path, _, project = parts.path.rstrip("/").rpartition("/")
    key, host = parts.username or "", parts.hostname or ""
    is_whole = host and project.isdecimal() and _KEY.fullmatch(key)
    if parts.scheme not in {"http", "https"} or not is_whole:
        raise _wrong()
    shown = f"[{host}]" if ":" in host else host
    return Dsn(f"{parts.scheme}://{shown}{port}{path}", project, key)


def _wrong() -> UnreadableError:
    form = "https://KEY@HOST/PROJECT, where the project is a number"
    return UnreadableError(f"the DSN must be like {form}")
