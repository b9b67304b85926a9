"""The floor: a Textual app with one Static, which answers each key with another text."""

from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Static


class BareApp(App[None]):
    """Shows how many keys it was given."""

    ENABLE_COMMAND_PALETTE = False
    keys = 0

    def compose(self) -> ComposeResult:
        """Show one line."""
        yield Static(self._words())

    def on_key(self, event: events.Key) -> None:
        """Count the key, and say so."""
        event.stop()
        self.keys += 1
        self.query_one(Static).update(self._words())

    def _words(self) -> str:
        return f"{self.keys:04} keys"


if __name__ == "__main__":
    BareApp().run()
