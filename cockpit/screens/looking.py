"""The keys that only look: help, output, journal."""

from typing import TYPE_CHECKING

from textual.binding import Binding

from cockpit.screens.bindings import BINDINGS, BREAKER_KEYS
from cockpit.screens.lines import LinesScreen
from cockpit.screens.ordering import Ordering
from widgets.banner import Banner, BannerView
from widgets.glyphs import Status, glyph

if TYPE_CHECKING:
    from cockpit.screens.live import Live


class Looking(Ordering):
    """Further screens, one key there, Esc back."""

    def action_help(self) -> None:
        """Show what each key does and what each glyph means."""
        screen = LinesScreen("help", self._banner(), follows=False, ascii_only=self._ascii)
        self._open(screen, "help")

    def action_output(self) -> None:
        """Show the whole output of the step that acts."""
        if self.live is not None:
            self._open(LinesScreen("output", self._banner(), ascii_only=self._ascii), "output")

    def action_journal(self) -> None:
        """Show the record."""
        if self.live is not None:
            screen = LinesScreen("journal", self._banner(), ascii_only=self._ascii)
            self._open(screen, "journal")

    def _open(self, screen: LinesScreen, name: str) -> None:
        screen.id = name
        if len(self.screen_stack) == 1:
            self.push_screen(screen)
            self.call_later(self.draw)

    def _banner(self) -> BannerView:
        return self.screen_stack[0].query_one(Banner).value

    def draw_lines(self, live: "Live") -> None:
        """Give the open screen of lines what it shows."""
        for screen in self.screen_stack[1:]:
            if not isinstance(screen, LinesScreen):
                continue
            match screen.id:
                case "output":
                    title, lines = live.output_page()
                    screen.set_title(title)
                    screen.set_lines(lines)
                case "journal":
                    screen.set_lines(live.journal(ascii_only=self._ascii))
                case _:
                    screen.set_lines(self._help(live))

    def _help(self, live: "Live") -> tuple[str, ...]:
        """Give the keys with their tooltips, the breakers by name, and the glyphs' legend."""
        named = {breaker.key: breaker for breaker in live.source.plan.breakers}
        lines = ["KEYS"]
        for binding in BINDINGS:
            if not isinstance(binding, Binding) or binding.action.startswith("digit"):
                continue
            key = binding.key_display or binding.key
            if binding.key in BREAKER_KEYS:
                found = named.get(binding.key)
                if found is not None:
                    changes = f": {found.changes}" if found.changes else ""
                    title = found.title or found.breaker
                    lines.append(f"  {key.upper():<8} {title:<18} arms it{changes}")
                continue
            lines.append(f"  {key:<8} {binding.description:<18} {binding.tooltip}")
        lines += ["", "GLYPHS"]
        for status in Status:
            if status is not Status.NONE:
                lines.append(f"  {glyph(status, ascii_only=self._ascii):<8} {status.value}")
        return tuple(lines)
