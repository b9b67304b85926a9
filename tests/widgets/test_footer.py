"""The footer: Textual's active bindings in an order of its own, changed only where it differs."""

import pytest
from textual.binding import Binding
from textual.widgets._footer import FooterKey

from tests.widgets.host import Host, lines
from widgets.footer import KeyFooter
from widgets.hints import FooterView, KeyLabel

LAST = ("?", "^q")
VIEW = FooterView(last=LAST, labels=(KeyLabel("n", "traffic 100 %", "traffic"),))
FOREIGN = "[/foo] [red]\x1b]52;c;aGk=\x07"


class Footed(Host):
    """An app with keys, and what was pressed."""

    BINDINGS = [  # noqa: RUF012  (Textual's own form)
        Binding("n", "press('n')", "next", tooltip=FOREIGN),
        Binding("h", "press('h')", "hold", tooltip="begin nothing"),
        Binding("o", "press('o')", "output"),
        Binding("enter", "press('enter')", "fires", key_display="Enter", show=False),
        Binding("question_mark", "press('?')", "help", key_display="?"),
        Binding("ctrl+q", "quit", "leave", show=False, priority=True),
    ]

    def __init__(self, footer: KeyFooter) -> None:
        super().__init__(footer)
        self.footer = footer
        self.pressed: list[str] = []
        self.may: bool | None = True

    def action_press(self, key: str) -> None:
        self.pressed.append(key)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.may if parameters == ("n",) else True


async def foot(view: FooterView, width: int, *, ascii_only: bool = False) -> str:
    app = Footed(KeyFooter(ascii_only=ascii_only))
    async with app.run_test(size=(width, 1)) as pilot:
        await pilot.pause()
        app.footer.show(view)
        await pilot.pause()
        return lines(app)[0]


@pytest.mark.parametrize("width", [80, 120])
async def test_keys_stand_left_and_the_last_ones_right(width: int) -> None:
    seen = await foot(VIEW, width)
    assert seen.startswith("n traffic 100 %  ")
    assert " ".join(seen.split()) == "n traffic 100 % h hold o output ? help ^q leave"
    assert seen.endswith("^q leave")


async def test_what_is_urgent_comes_first_and_is_never_left_out() -> None:
    labels = (*VIEW.labels, KeyLabel("enter", "does it"))
    view = FooterView(first=("Enter", "o"), last=LAST, labels=labels)
    assert (await foot(view, 80)).split()[:4] == ["Enter", "does", "it", "o"]
    seen = await foot(view, 44)
    assert " ".join(seen.split()) == "Enter does it o output ? help ^q leave"


async def test_free_cells_carry_the_hatch_and_a_note_stands_after_the_first_keys() -> None:
    view = FooterView(first=("o",), last=LAST, note="F2 to F9 still work", hatch=True)
    seen = await foot(view, 100)
    assert seen.startswith("o output   F2 to F9 still work   n next")
    assert "╱╱" in seen
    assert "//" in (plain := await foot(view, 100, ascii_only=True))
    assert plain.isascii()


async def test_keys_stay_in_place_and_change_only_where_they_differ() -> None:
    app = Footed(KeyFooter())
    async with app.run_test(size=(80, 1)) as pilot:
        assert app.footer.show(VIEW)
        await pilot.pause()
        before = list(app.footer.query(FooterKey))
        assert not app.footer.show(VIEW)
        app.screen.refresh_bindings()
        await pilot.pause()
        app.footer.acknowledge("h")
        await pilot.pause()
        assert "h hold …" in lines(app)[0]
        assert app.footer.show(VIEW)
        await pilot.pause()
        assert "…" not in lines(app)[0]
        assert list(app.footer.query(FooterKey)) == before, "the same keys, in place"
        app.may = None
        assert app.footer.show(VIEW)
        await pilot.pause()
        assert [key.key for key in app.footer.query(FooterKey).filter(".-disabled")] == ["n"]


@pytest.mark.law(9)
async def test_a_key_can_be_clicked_and_says_more_under_the_mouse() -> None:
    app = Footed(KeyFooter())
    async with app.run_test(size=(80, 1)) as pilot:
        app.footer.show(VIEW)
        await pilot.pause()
        key = app.footer.query(FooterKey).first()
        await pilot.click(key)
        await pilot.pause()
        assert app.pressed == ["n"]
        assert str(key.tooltip) == "[/foo] [red]�]52;c;aGk=�", "law 9: foreign text is only text"


@pytest.mark.law(9)
async def test_law_9_a_label_is_only_text() -> None:
    seen = await foot(FooterView(labels=(KeyLabel("n", FOREIGN),)), 80)
    assert seen.startswith("n [/foo] [red]�]52")
    assert "\x1b" not in seen


async def test_many_keys_and_little_room_break_nothing() -> None:
    for width in (1, 5, 20):
        assert len(await foot(VIEW, width)) == width
