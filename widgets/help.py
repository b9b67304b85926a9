"""The help: Textual's own panel, laid over what it explains instead of beside it."""

from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.widget import Widget
from textual.widgets import HelpPanel, KeyPanel, Markdown

from widgets.glyphs import TO_ASCII, Status, glyph


class HelpOverlay(HelpPanel):
    """Shows what a screen is for (its `HELP`) and what its keys do now; it takes no key itself."""

    DEFAULT_CSS = """
    HelpOverlay {
        split: initial; layer: help; dock: right;
        width: 66; min-width: 0; max-width: 100%; height: 100%;
        padding: 1 2; border: none; background: $panel;
        overflow-x: hidden; overflow-y: auto;
        scrollbar-size: 0 1; scrollbar-background: $panel; scrollbar-color: $muted;
        #widget-help {
            max-height: initial; margin: 0; padding: 0; background: $panel; color: $foreground;
            MarkdownBlock { padding: 0; background: $panel; color: $foreground; }
            MarkdownParagraph { margin: 0 0 1 0; }
            MarkdownParagraph:last-child { margin: 0; }
        }
        KeyPanel#keys-help { height: auto; overflow: hidden; padding: 0; }
        BindingsTable { width: 1fr; }
        KeyPanel > BindingsTable > .bindings-table--key { color: $held; }
        KeyPanel > BindingsTable > .bindings-table--description { color: $bright; }
        KeyPanel > BindingsTable > .bindings-table--header { color: $muted; text-style: bold; }
    }
    """

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._ascii = ascii_only

    def compose(self) -> ComposeResult:
        """Lay out the screen's text and Textual's table of its keys."""
        yield _Ascii(id="widget-help") if self._ascii else Markdown(id="widget-help")
        yield KeyPanel(id="keys-help")

    def update_help(self, focused_widget: Widget | None) -> None:
        """Show the help of what has the focus, else of the screen."""
        super().update_help(focused_widget or self.screen)


class _Ascii(Markdown):
    """Markdown with the glyphs of an ASCII terminal."""

    def update(self, markdown: str) -> AwaitComplete:
        for status in Status:
            markdown = markdown.replace(
                f"**{glyph(status)}**", f"**{glyph(status, ascii_only=True)}**"
            )
        return super().update(markdown.translate(TO_ASCII))
