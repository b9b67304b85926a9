"""The line of keys at the foot: what can be pressed now."""

from msgspec import Struct
from msgspec.structs import replace

from widgets.draw import Canvas, width_of
from widgets.drawn import Drawn

_PRESSED = " …"


class KeyHint(Struct, frozen=True):
    """A key and its word. `keep` ones are never left out; a dimmed one says why it may not."""

    key: str
    label: str
    keep: bool = False
    enabled: bool = True
    short: str = ""


class KeyBarView(Struct, frozen=True):
    """The keys from the left, one at the right end, and whether free cells carry the hatch."""

    keys: tuple[KeyHint, ...] = ()
    last: KeyHint | None = None
    hatch: bool = False


class KeyBar(Drawn[KeyBarView]):
    """Draws one line; where it is narrow keys that need not be kept are left out, last first."""

    DEFAULT_CSS = "KeyBar { height: 1; }"

    def acknowledge(self, key: str) -> None:
        """Say at once that a key was pressed, and claim nothing; the next value replaces it."""
        keys = (asked(hint) if hint.key == key else hint for hint in self.value.keys)
        self.value = replace(self.value, keys=tuple(keys))

    def paint(self, canvas: Canvas, value: KeyBarView) -> None:
        """Draw the keys that fit."""
        gap = 2 if canvas.width < 100 else 3
        last = value.last
        room = canvas.width - (width_of(f"{last.key} {last.label}") + gap if last else 0)
        x = 0
        for hint in fitting(value.keys, room, gap):
            x = _hint(canvas, x, hint, hint.label) + gap
        if value.hatch and x + 1 < room:
            canvas.put(x + 1, 0, "╱" * (room - x - 1 - gap), "rehearsal")
        if last:
            _hint(canvas, max(x, room + gap), last, last.label)


def asked(hint: KeyHint) -> KeyHint:
    """Give a hint that says that its key was pressed; pressed again it says it once.

    >>> asked(asked(KeyHint("h", "hold"))).label
    'hold …'
    """
    label, short = (
        words if not words or words.endswith(_PRESSED) else f"{words}{_PRESSED}"
        for words in (hint.label, hint.short)
    )
    return replace(hint, label=label, short=short)


def fitting(keys: tuple[KeyHint, ...], room: int, gap: int) -> tuple[KeyHint, ...]:
    """Return the keys that fit into `room` cells, in their short form if need be.

    Only those not to be kept are left out, the last ones first.

    >>> keys = (KeyHint("n", "next"), KeyHint("?", "help", keep=True), KeyHint("j", "journal"))
    >>> [hint.key for hint in fitting(keys, 16, 2)]
    ['n', '?']
    """
    if sum(_width(hint, gap) for hint in keys) - gap <= room:
        return keys
    shown = [replace(hint, label=hint.short or hint.label) for hint in keys]
    while shown and sum(_width(hint, gap) for hint in shown) - gap > room:
        index = next((i for i in range(len(shown) - 1, -1, -1) if not shown[i].keep), None)
        if index is None:
            break
        del shown[index]
    return tuple(shown)


def _width(hint: KeyHint, gap: int) -> int:
    return width_of(hint.key) + 1 + width_of(hint.label) + gap


def _hint(canvas: Canvas, x: int, hint: KeyHint, label: str) -> int:
    x = canvas.put(x, 0, hint.key, "held" if hint.enabled else "muted", bold=hint.enabled)
    return canvas.put(x, 0, f" {label}", "foreground" if hint.enabled else "muted")
