"""The go-live card that comes with the cockpit, to begin with."""

from importlib import resources
from pathlib import Path

from cockpit.card.load_card import loads
from cockpit.card.model.card import Card
from cockpit.foundation.errors import UsageError

NAME = "golive.yaml"


def text() -> str:
    """Return the packaged card as it is written."""
    return resources.files("cockpit.card").joinpath(NAME).read_text(encoding="utf-8")


def card() -> Card:
    """Return the packaged card."""
    return loads(text(), NAME)


def init(path: Path) -> None:
    """Write the packaged card to `path`; raises UsageError when something stands there already."""
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text())
    except FileExistsError:
        raise UsageError(f"{path} is there already: name another file, or move that one") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"{path}: the card cannot be written: {reason}") from error
