"""The keys of the cutover: next, hold, run again, verify, vouch, waive, mark done."""

from cockpit.screens.keys.keyed_app import KeyedApp
from cockpit.screens.pages.question import Question, QuestionLine


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
            words = step.step.confirm if isinstance(step.step, Confirm) else step.title
            name = QuestionLine("name", self.live.source.state.operator)
            self._ask(Question(f"answer {step.id}", f"your word: {step.title}", words, (name,)))

    def action_waive(self) -> None:
        """Ask for the name and reason of a waiver."""
        offered = self._offered()
        if offered is not None and offered.waive is not None and self.live is not None:
            step = offered.waive
            hint = "The cutover goes on without it; name and reason stay in the record."
            lines = (QuestionLine("name", self.live.source.state.operator), QuestionLine("reason"))
            self._ask(Question(f"waive {step.id}", f"waive {step.title}", hint, lines))

    def action_mark(self) -> None:
        """Ask who knows that a step in doubt has happened, and how; then arm."""
        offered = self._offered()
        if offered is not None and offered.doubt is not None and self.live is not None:
            step = offered.doubt
            hint = "You vouch that it happened; Enter arms, a second Enter marks it."
            operator = self.live.source.state.operator
            know = QuestionLine("how do you know?", missing="say how you know: a reason is needed")
            lines = (QuestionLine("name", operator), know)
            self._ask(Question(f"mark {step.id}", f"mark {step.title} done", hint, lines))

    def on_question_given(self, message: Question.Given) -> None:
        """Order what the question was about."""
        from cockpit.engine import orders  # noqa: PLC0415

        purpose, step = message.purpose.split(" ", 1)
        self._put_back()
        match purpose, message.values:
            case "answer", (name,):
                self.order(orders.AnswerConfirm(step, name))
            case "vouch", (name,):
                self.order(orders.Vouch(step, name))
            case "waive", (name, reason):
                self.order(orders.Waive(step, name, reason))
            case "mark", (name, reason) if self.live is not None:
                self._enter_s = self.ticks_s()
                order = orders.MarkDone(step, name, reason)
                self.live.arm(order, "m", f"mark {step} done", f"{name} vouches: {reason}")
                self.draw()
            case "endpoint", (endpoint,):
                self.arm(step, endpoint, by_enter=True)

    def on_question_cancelled(self) -> None:
        """Show the cutover again."""
        self._put_back()
