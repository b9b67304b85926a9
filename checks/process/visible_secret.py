"""A secret in the arguments of a command, which every user of the host can read. Pure."""

import re

from checks.process.command_line import words_of

_OPTION = re.compile(
    r"--?(?:password|passwd|passphrase|pass|secret|token|api[-_]?key|access[-_]?key)(?:=(.*))?",
    re.IGNORECASE | re.DOTALL,
)
_VARIABLE = re.compile(
    r"(?<!\S)(?:[A-Z0-9_]*(?:PASSWORD|PASSWD|_PWD|SECRET|TOKEN|API_?KEY))=([^\s;|&]+)"
)


def visible_secret(text: str, *, shell: bool) -> str | None:
    """Return the option or variable that shows a secret; None if there is none.

    A shell may set a variable from another one: no argument shows that.

    >>> visible_secret("mysql --password x -e 'select 1'", shell=False)
    '--password'
    >>> visible_secret('PGPASSWORD="$PASSWORD" psql -l', shell=True) is None
    True
    """
    words = words_of(text)
    for word, following in zip(words, (*words[1:], ""), strict=False):
        match = _OPTION.fullmatch(word)
        if match and (match[1] or (match[1] is None and following and following[0] != "-")):
            return word.partition("=")[0]
    for match in _VARIABLE.finditer(text):
        if not (shell and match[1].lstrip("\"'").startswith("$")):
            return match[0].partition("=")[0]
    return None
