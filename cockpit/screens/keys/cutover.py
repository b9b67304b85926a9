"""The keys of the cutover: next, hold, run again, verify, vouch, waive, act outside, mark done."""

from typing import TYPE_CHECKING, assert_never

from cockpit.screens.keys.keyed_app import KeyedApp
from cockpit.screens.pages.question import Purpose, Question, QuestionLine

if TYPE_CHECKING:
    from cockpit.engine import orders


class CutoverKeys(KeyedApp):
    """The cutover's own keys."""

    def action_next(self) -> None:
        """Begin what comes next."""
        from cockpit.engine import orders  # noqa: PLC0415  (after the first paint)

        self.acknowledge("n")
        self.order(orders.Next())

    def action_hold(self) -> None:
        """Hold, or end the hold."""
        from cockpit.engine import orders  # noqa: PLC0415

        offered = self._offered()
        if offered is not None:
            self.acknowledge("h")
            self.order(orders.Release() if offered.release else orders.HoldRun())

    def action_again(self) -> None:
        """Run again what did not pass; an action is only armed."""
        from cockpit.engine import orders  # noqa: PLC0415

        offered = self._offered()
        if offered is None or self.live is None:
            return
        order = orders.RunAgain(offered.again)
        if offered.again_acts:
            self.live.arm(order, "r", offered.again_label, "it acts a second time")
            self.draw()
        else:
            self.acknowledge("r")
            self.order(order)

    def action_verify(self) -> None:
        """Verify whether a step in doubt has happened."""
        from cockpit.engine import orders  # noqa: PLC0415

        offered = self._offered()
        if offered is not None and offered.doubt is not None:
            self.acknowledge("v")
            self.order(orders.Verify(offered.doubt.id))

    def action_answer(self) -> None:
        """Ask for the name of the person who vouches."""
        from cockpit.card.model.steps import Confirm  # noqa: PLC0415  (after the first paint)

        offered = self._offered()
        if offered is not None and offered.answer is not None and self.live is not None:
            step = offered.answer
            hint = step.step.confirm if isinstance(step.step, Confirm) else step.title
            name = QuestionLine("name", self.live.source.state.operator)
            title = f"your word: {step.title}"
            self._ask(Question(Purpose.ANSWER, step.id, title, hint, (name,)))

    def action_waive(self) -> None:
        """Ask for the name and reason of a waiver, and tell what hangs on the step."""
        offered = self._offered()
        if offered is not None and offered.waive is not None and self.live is not None:
            step = offered.waive
            hint = "The cutover goes on without it; name and reason stay in the record."
            if hanging := self.live.hanging_on(step.id):
                hint = f"{hint} {hanging}."
            lines = (QuestionLine("name", self.live.source.state.operator), QuestionLine("reason"))
            self._ask(Question(Purpose.WAIVE, step.id, f"waive {step.title}", hint, lines))

    def action_outside(self) -> None:
        """Ask who lets steps act outside the window, and why."""
        offered = self._offered()
        if offered is not None and offered.outside and self.live is not None:
            lines = (QuestionLine("name", self.live.source.state.operator), QuestionLine("reason"))
            hint = f"{offered.outside}. Name and reason stay in the record."
            self._ask(Question(Purpose.OUTSIDE, "window", "act outside the window", hint, lines))

    def action_mark(self) -> None:
        """Ask who knows that a step in doubt has happened, and how; then arm."""
        offered = self._offered()
        if offered is not None and offered.doubt is not None and self.live is not None:
            step = offered.doubt
            hint = "You vouch that it happened; Enter arms, a second Enter marks it."
            operator = self.live.source.state.operator
            know = QuestionLine("how do you know?", missing="say how you know: a reason is needed")
            lines = (QuestionLine("name", operator), know)
            self._ask(Question(Purpose.MARK, step.id, f"mark {step.title} done", hint, lines))

    def on_question_submitted(self, message: Question.Submitted) -> None:
        """Order what the question was for."""
        from cockpit.engine import orders  # noqa: PLC0415

        subject = message.subject
        self._put_back()
        match message.purpose:
            case Purpose.ANSWER:
                (name,) = message.values
                self.order(orders.AnswerConfirm(subject, name))
            case Purpose.VOUCH:
                (name,) = message.values
                self.order(orders.Vouch(subject, name))
            case Purpose.WAIVE:
                name, reason = message.values
                self.order(orders.Waive(subject, name, reason))
            case Purpose.OUTSIDE:
                name, reason = message.values
                self.order(orders.ActOutsideWindow(name, reason))
            case Purpose.MARK:
                name, reason = message.values
                self._arm_mark(orders.MarkDone(subject, name, reason))
            case Purpose.ENDPOINT:
                (endpoint,) = message.values
                self.arm(subject, endpoint, by_enter=True)
            case _:
                assert_never(message.purpose)

    def _arm_mark(self, order: "orders.MarkDone") -> None:
        """Arm marking a step as done; a second Enter confirms it."""
        if self.live is not None:
            self._enter_s = self.ticks_s()
            note = f"{order.name} vouches: {order.reason}"
            self.live.arm(order, "m", f"mark {order.step} done", note)
            self.draw()

    def on_question_cancelled(self) -> None:
        """Show the cutover again."""
        self._put_back()
