"""The keys that change only the screen: help, output, journal, the Done list, Day 1."""

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from cockpit.screens.keys.keyed_app import KeyedApp
from cockpit.screens.pages.board_page import BoardPage
from cockpit.screens.pages.lines import JournalScreen, OutputScreen
from cockpit.screens.pages.page import Page
from cockpit.screens.pages.question import Purpose, Question, QuestionLine
from widgets.banner import Banner, BannerView
from widgets.topbar import TopBar, TopBarView

if TYPE_CHECKING:
    from cockpit.screens.model.presenter import Presenter
    from cockpit.screens.pages.board_page import BoardPage


class NavigationKeys(KeyedApp):
    """Opening further screens, which Esc closes, and the help over each."""

    def action_help(self) -> None:
        """Show the help over the screen, or hide it."""
        if self.helping:
            self.action_hide_help_panel()
        else:
            self.action_show_help_panel()

    def action_show_help_panel(self) -> None:
        """Show Textual's help panel over the screen; the palette calls this, too."""
        work = self._helped()
        self.run_worker(work, name="help", group="help", exclusive=True, exit_on_error=False)

    async def _helped(self) -> None:
        await asyncio.to_thread(import_module, "widgets.help")  # imports Markdown, which is slow
        from widgets.help import HelpOverlay  # noqa: PLC0415

        if not self.helping:
            await self.screen.mount(HelpOverlay(ascii_only=self._ascii))
            self.draw()

    def action_scroll_help(self, pages: int) -> None:
        """Scroll the help by pages."""
        for panel in self.screen.query_children("HelpPanel"):
            panel.scroll_relative(y=pages * (panel.size.height - 1), animate=False)

    def action_output(self) -> None:
        """Show the whole output of the step that acts."""
        self._open(OutputScreen("output", self._banner(), ascii_only=self._ascii))

    def action_journal(self) -> None:
        """Show the journal."""
        self._open(JournalScreen("journal", self._banner(), ascii_only=self._ascii))

    def action_done(self) -> None:
        """Show the Done list."""
        from cockpit.screens.pages.done import DoneScreen  # noqa: PLC0415  (after the first paint)

        self._open(DoneScreen(self._topbar(), self._banner(), ascii_only=self._ascii))

    def action_day_one(self) -> None:
        """Show the Day-1 screen."""
        from cockpit.screens.pages.day1 import DayOneScreen  # noqa: PLC0415

        self._open(DayOneScreen(self._topbar(), self._banner(), ascii_only=self._ascii))

    def on_board_page_check_requested(self, message: "BoardPage.CheckRequested") -> None:
        """Order the check of a line, or ask for the name of the person who vouches."""
        from cockpit.card.model.steps import Confirm  # noqa: PLC0415
        from cockpit.engine import orders  # noqa: PLC0415

        items = message.screen.items(self.live.snapshot()) if self.live is not None else ()
        if not items or self.live is None:
            return
        item = items[min(message.index, len(items) - 1)]
        if not isinstance(item.step, Confirm):
            self.order(orders.CheckAgain(item.id))
        elif self.live.observes:
            self.order(orders.Vouch(item.id, ""))
        else:
            name = QuestionLine("name", self.live.source.state.operator)
            title = f"your word: {item.title}"
            self._ask(Question(Purpose.VOUCH, item.id, title, item.step.confirm, (name,)))

    def _open(self, screen: Page) -> None:
        self.push_screen(screen)
        self.call_later(self.draw)

    def _topbar(self) -> TopBarView:
        return self.screen_stack[0].query_one(TopBar).value

    def _banner(self) -> BannerView:
        return self.screen_stack[0].query_one(Banner).value

    def draw_lines(self, live: "Presenter") -> None:
        """Update the open screens."""
        for screen in self.screen_stack[1:]:
            if isinstance(screen, BoardPage):
                screen.show(live.snapshot())
            if isinstance(screen, OutputScreen):
                title, lines = live.output_page()
                screen.set_title(title)
                screen.set_lines(lines)
            elif isinstance(screen, JournalScreen):
                screen.set_lines(live.journal(ascii_only=self._ascii))
