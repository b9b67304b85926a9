"""`${NAME}` in a text of the card: the one place that knows its form."""

import re
from collections.abc import Mapping

from checks.core.errors import UnsetVariableError

PATTERN = r"\$\{[A-Za-z_][A-Za-z0-9_]*\}"
"""One variable, as a JSON Schema's `pattern` can take it too."""

_VARIABLE = re.compile(PATTERN)


def names_in(text: str) -> list[str]:
    """Return the names of the variables in `text`, in order, repeated as often as they occur.

    >>> names_in("http://${HOST}:${PORT}/")
    ['HOST', 'PORT']
    """
    return [variable[2:-1] for variable in _VARIABLE.findall(text)]


def expand(text: str, env: Mapping[str, str]) -> str:
    """Return `text` with the value of each variable in its place.

    Raises UnsetVariableError if `env` has no such variable, or an empty one.

    >>> expand("http://${HOST}/", {"HOST": "api.test"})
    'http://api.test/'
    """

    def value(variable: re.Match[str]) -> str:
        name = variable[0][2:-1]
        if not env.get(name):
            raise UnsetVariableError(name)
        return env[name]

    return _VARIABLE.sub(value, text)


def is_variable(text: str) -> bool:
    """Whether `text` is one variable and nothing else.

    >>> is_variable("${TOKEN}"), is_variable("Bearer ${TOKEN}")
    (True, False)
    """
    return _VARIABLE.fullmatch(text) is not None


def has_malformed(text: str) -> bool:
    """Whether a `${` in `text` does not begin a variable.

    >>> has_malformed("${HOST}"), has_malformed("${HOST:-x}")
    (False, True)
    """
    return "${" in _VARIABLE.sub("", text)
