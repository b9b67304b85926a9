"""The help is Textual's panel, over what it explains."""

from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Static

from tests.widgets.host import Host, lines
from widgets.glyphs import Status, glyph
from widgets.help import HelpOverlay

LEGEND = ", ".join(f"**{glyph(status)}** {status.value}" for status in Status)


class Helped(Host):
    """A screen with a text on its whole ground."""

    CSS = Host.CSS + "Screen { layers: default help; } Static#ground { height: 1fr; }"
    BINDINGS = [Binding("n", "bell", "next", tooltip="begin [/foo]")]  # noqa: RUF012
    BINDING_GROUP_TITLE = "The cutover"

    def get_default_screen(self) -> Screen[None]:
        screen: Screen[None] = Screen()
        screen.HELP = f"**The bridge** shows it.\n\n{LEGEND}"  # type: ignore[misc]
        return screen


async def test_it_lies_over_the_screen_and_moves_nothing() -> None:
    ground = Static("x" * 4000, id="ground")
    app = Helped(ground)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        before = ground.size
        await app.screen.mount(HelpOverlay())
        await pilot.pause()
        await pilot.pause()
        seen = lines(app)
        assert ground.size == before
        assert all(line.startswith("x" * 50) for line in seen[:33])
        said = "\n".join(seen)
        for words in ("The bridge shows it.", "✓ passed", "The cutover", "n next begin [/foo]"):
            assert words in said


async def test_ascii_draws_nothing_else() -> None:
    app = Helped(Static("x", id="ground"))
    async with app.run_test(size=(120, 36)) as pilot:
        await app.screen.mount(HelpOverlay(ascii_only=True))
        await pilot.pause()
        await pilot.pause()
        assert all(line.isascii() for line in lines(app))
        assert "[X] armed" in "\n".join(lines(app))
