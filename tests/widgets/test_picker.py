"""The picker filters, moves, hands over, and lets all other keys pass."""

import pytest
from textual import events

from tests.widgets.host import Host, lines
from tests.widgets.samples import PICKER
from widgets.picker import Picker


class PickerHost(Host):
    """Records what the picker says, and the keys it lets pass."""

    def __init__(self) -> None:
        self.picker = Picker(PICKER)
        super().__init__(self.picker)
        self.said: list[str] = []
        self.passed: list[str] = []

    def on_mount(self) -> None:
        self.picker.focus()

    def on_picker_picked(self, message: Picker.Picked) -> None:
        self.said.append(message.value)

    def on_picker_cancelled(self) -> None:
        self.said.append("cancelled")

    def on_key(self, event: events.Key) -> None:
        self.passed.append(event.key)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (["enter"], "/api/analytics"),
        (["s", "e", "a", "enter"], "/api/search"),
        (["down", "down", "up", "enter"], "/api/search"),
        (["x", "backspace", "down", "down", "down", "down", "down", "enter"], "/api/status"),
        (["escape"], "cancelled"),
    ],
)
async def test_keys(keys: list[str], said: str) -> None:
    app = PickerHost()
    async with app.run_test(size=(54, 15)) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        assert app.said == [said]
        assert app.passed == []


@pytest.mark.law(4)
async def test_law_4_breaker_keys_pass_through() -> None:
    app = PickerHost()
    async with app.run_test(size=(54, 15)) as pilot:
        await pilot.press("f5", "f6", "ctrl+p")
        assert app.passed == ["f5", "f6", "ctrl+p"]


async def test_nothing_matches_and_enter_picks_nothing() -> None:
    app = PickerHost()
    async with app.run_test(size=(54, 15)) as pilot:
        await pilot.press("z", "z", "enter")
        seen = "\n".join(lines(app))
        assert "nothing matches" in seen
        assert "0 of 4 match" in seen
        assert "Enter" not in seen
        assert app.said == []


async def test_a_filter_is_text_and_bounded() -> None:
    app = PickerHost()
    async with app.run_test(size=(120, 15)) as pilot:
        await pilot.press(*"[/a]")
        assert "[/a]" in lines(app)[1]
        for _ in range(100):
            app.picker.on_key(events.Key("x", "x"))
        assert len(app.picker.typed) == 64


async def test_the_chosen_one_says_what_it_would_run() -> None:
    app = PickerHost()
    async with app.run_test(size=(54, 15)) as pilot:
        await pilot.press("down")
        seen = "\n".join(lines(app))
        assert "npm run emergency:demote /api/search" in seen
        assert "arms F2, fires nothing" in seen
        assert "► /api/search" in seen
