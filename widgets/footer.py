"""The footer: Textual's own, showing which keys work now, the most urgent first."""

from collections.abc import Iterator
from typing import Any

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer, Static
from textual.widgets._footer import FooterKey, FooterLabel

from widgets.draw import cells, width_of
from widgets.glyphs import TO_ASCII
from widgets.hints import PRESSED, FooterView, KeyHint, KeyLabel, acknowledged, fitting, placed

_WIDE = 100


class KeyFooter(Footer):
    """Textual's footer with its own order of keys; a key is repainted only where it differs."""

    DEFAULT_CSS = """
    KeyFooter {
        width: 100%; background: $background; overflow: hidden;
        FooterKey {
            background: $background;
            .footer-key--key { color: $held; background: $background; }
            .footer-key--description { color: $foreground; background: $background; }
            &:hover { background: $panel; color: $bright; }
            &.-disabled { text-style: none; }
            &.-disabled .footer-key--key { color: $muted; text-style: none; }
            &.-disabled .footer-key--description { color: $muted; }
        }
        FooterLabel { margin: 0 2 0 0; color: $foreground; background: $background; }
        FooterKey.-compact .footer-key--description { padding: 0 2 0 1; }
        &.-wide FooterKey.-compact .footer-key--description { padding: 0 3 0 1; }
        FooterKey.-compact.-end .footer-key--description { padding: 0 0 0 1; }
        &.-wide FooterLabel { margin-right: 3; }
        .free { width: 1fr; height: 1; }
        .free.-hatch { margin-right: 2; hatch: right $rehearsal; }
        .free.-hatch.-ascii { hatch: "/" $rehearsal; }
    }
    """

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__(show_command_palette=False)
        self._ascii = ascii_only
        self._view: FooterView | None = None
        self._hints: tuple[KeyHint, ...] = ()
        self._row: tuple[object, ...] = ()

    @property
    def hints(self) -> tuple[KeyHint, ...]:
        """The keys on the screen, from the left."""
        return self._hints

    def show(self, view: FooterView) -> bool:
        """Show the keys of a view; return whether anything changed."""
        before, self._view = self._view, view
        anew = before is None or (before.note, before.hatch) != (view.note, view.hatch)
        return self._offer(anew=anew)

    def bindings_changed(self, screen: Screen[Any]) -> None:
        """Follow Textual's active bindings."""
        if self.is_attached and screen is self.screen:
            self._offer()

    def on_resize(self) -> None:
        """Show as many keys as fit."""
        self.set_class(self.size.width >= _WIDE, "-wide")
        for key in self.query_children(FooterKey):
            key.refresh(layout=True)
        self._offer()

    def acknowledge(self, shown: str) -> None:
        """Show at once that a key was pressed; the next view replaces it."""
        self._hints = tuple(
            acknowledged(hint) if hint.shown == shown else hint for hint in self._hints
        )
        for key in self.query_children(FooterKey):
            if key.key_display == shown and not key.description.endswith(PRESSED):
                key.description = self._plain(f"{key.description}{PRESSED}")
                key.refresh()  # it stands in the gap to the next key: nothing need be laid out anew

    def compose(self) -> ComposeResult:
        """Lay out the note and the free cells; the keys come with the first view."""
        yield FooterLabel(markup=False)
        yield Static(classes="free -ascii" if self._ascii else "free")

    def _offer(self, *, anew: bool = False) -> bool:
        """Show the present hints where they differ."""
        if self._view is None or not self.size.width:
            return False
        before, self._hints = self._hints, self._fitting(self._view)
        if before == self._hints and not anew:
            return False
        self.call_after_refresh(self._settle, self._view)
        return True

    def _settle(self, view: FooterView) -> None:
        """Show the hints after the rest of the screen is painted: the operator waits for that."""
        if not self.children:
            return  # its screen was left in the meantime
        row = view.note, view.hatch, *((hint.key, hint.keep) for hint in self._hints)
        if row != self._row:
            self._row = row
            self._line_up(view)
        self._relabel()

    def _line_up(self, view: FooterView) -> None:
        """Put keys, note and free cells in order.

        A key that was shown before is kept and only hidden: to compose all anew takes longer than
        all the rest of an arming.
        """
        keys = {key.key: key for key in self.query_children(FooterKey)}
        fresh = {hint.key: self._key(hint) for hint in self._hints if hint.key not in keys}
        self.mount_all(fresh.values())
        keys |= fresh
        note, free = self.query_one(FooterLabel), self.query_one(".free")
        if note.content != (note_text := self._plain(view.note)):
            note.update(note_text)
        free.set_class(view.hatch, "-hatch")
        left = [hint for hint in self._hints if not hint.last]
        row: list[Widget] = [keys[hint.key] for hint in left if hint.keep]
        row += [note] if view.note else []
        row += [keys[hint.key] for hint in left if not hint.keep]
        row += [free, *(keys[hint.key] for hint in self._hints if hint.last)]
        for child in self.children:
            child.display = child in row
        self.sort_children(key=lambda child: row.index(child) if child in row else len(row))

    def _relabel(self) -> None:
        hints = {hint.key: hint for hint in self._hints}
        for key in self.query_children(FooterKey):
            if (hint := hints.get(key.key)) is None:
                continue
            key.set_class(not hint.enabled, "-disabled")
            key.tooltip = self._more(hint)
            if key.description != (label := self._plain(hint.label)):
                key.description = label
                gap = 0 if key.has_class("-end") else self._gap
                key.refresh(layout=hint.width + gap != key.size.width)

    def _key(self, hint: KeyHint) -> FooterKey:
        end = self._view is not None and hint.shown in self._view.last[-1:]
        label = self._plain(hint.label)
        return FooterKey(hint.key, hint.shown, label, hint.action, classes="-end" if end else "")

    def _more(self, hint: KeyHint) -> Content:
        """Return the tooltip as plain text: a card's words are never markup."""
        return Content(self._plain(hint.tooltip))

    @property
    def _gap(self) -> int:
        return 3 if self.size.width >= _WIDE else 2

    def _plain(self, text: str) -> str:
        plain = "".join(cells(text))
        return plain.translate(TO_ASCII) if self._ascii else plain

    def _fitting(self, view: FooterView) -> tuple[KeyHint, ...]:
        hints = placed(view, self._active(view))
        gap = self._gap
        right = tuple(hint for hint in hints if hint.last)
        room = self.size.width - sum(hint.width + gap for hint in right)
        room -= 1 + gap * view.hatch  # one cell at least is free
        if view.note:
            room -= width_of(view.note) + gap
        left = tuple(hint for hint in hints if not hint.last)
        return (*fitting(left, room, gap), *right)

    def _active(self, view: FooterView) -> Iterator[KeyHint]:
        """Return Textual's active bindings as hints."""
        named = {own.key: own for own in view.labels}
        for key, (_, binding, enabled, tooltip) in self.screen.active_bindings.items():
            shown = self.app.get_key_display(binding)
            last, own = shown in view.last, named.get(key)
            if binding.system or not (binding.show or own or last):
                continue
            own = own or KeyLabel(key, binding.description)
            yield KeyHint(
                key=key,
                shown=shown,
                label=own.label,
                short=own.short,
                action=binding.action,
                tooltip=tooltip or binding.description,
                enabled=enabled,
                keep=last or shown in view.first,
                last=last,
            )
