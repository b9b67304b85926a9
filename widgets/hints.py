"""What the footer shows: keys with their words, and which of them fit."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from widgets.draw import width_of

PRESSED = " …"


class KeyLabel(Struct, frozen=True):
    """The label of a key now, instead of its binding's, and its short form."""

    key: str
    label: str
    short: str = ""


class FooterView(Struct, frozen=True):
    """What the footer needs beyond the bindings.

    `first` are the keys that come first, by the name they are shown by, and `last` those at the
    right end; both are never left out. Keys with `labels` of their own are shown even where their
    binding is not; `note` follows the first keys; `hatch` marks the free cells.
    """

    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    labels: tuple[KeyLabel, ...] = ()
    note: str = ""
    hatch: bool = False


class KeyHint(Struct, frozen=True):
    """A key of the footer; `keep` ones are never left out, `last` ones are right-aligned."""

    key: str
    shown: str
    label: str
    short: str = ""
    action: str = ""
    tooltip: str = ""
    enabled: bool = True
    keep: bool = False
    last: bool = False

    @property
    def width(self) -> int:
        """Cells of the key and its label."""
        return width_of(self.shown) + 1 + width_of(self.label)


def placed(view: FooterView, hints: Iterable[KeyHint]) -> tuple[KeyHint, ...]:
    """Sort hints: the first keys, then those of the bindings, then the last ones."""
    return tuple(sorted(hints, key=lambda hint: _rank(view, hint)))


def _rank(view: FooterView, hint: KeyHint) -> int:
    """Return a hint's rank: the first keys in their order, the last ones in theirs."""
    if hint.last:
        return len(view.first) + 1 + view.last.index(hint.shown)
    return view.first.index(hint.shown) if hint.keep else len(view.first)


def acknowledged(hint: KeyHint) -> KeyHint:
    """Return a hint that shows that its key was pressed; a second press changes nothing.

    >>> acknowledged(acknowledged(KeyHint("h", "h", "hold"))).label
    'hold …'
    """
    is_pressed = hint.label.endswith(PRESSED)
    return hint if is_pressed else replace(hint, label=f"{hint.label}{PRESSED}")


def fitting(keys: tuple[KeyHint, ...], room: int, gap: int) -> tuple[KeyHint, ...]:
    """Return the keys that fit into `room` cells, in their short form if need be.

    Only those not to be kept are left out, the last ones first.

    >>> keys = (KeyHint("n", "n", "next"), KeyHint("o", "o", "output", keep=True))
    >>> [hint.key for hint in fitting(keys, 12, 2)]
    ['o']
    """
    if sum(hint.width + gap for hint in keys) - gap <= room:
        return keys
    shown = [replace(hint, label=hint.short or hint.label) for hint in keys]
    while shown and sum(hint.width + gap for hint in shown) - gap > room:
        index = next((i for i in range(len(shown) - 1, -1, -1) if not shown[i].keep), None)
        if index is None:
            break
        del shown[index]
    return tuple(shown)
