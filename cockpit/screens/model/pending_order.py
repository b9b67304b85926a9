"""An order that acts and is armed on the screen alone, like a breaker: Enter gives it, Esc not."""

from msgspec import Struct

from cockpit.engine.orders import Order
from cockpit.screens.view.phrases import format_countdown, whole_seconds
from widgets.armed import ArmedView
from widgets.form import Choice

LASTS_S = 10.0


class PendingOrder(Struct, frozen=True):
    """An order that waits for Enter until a run second, and what it would do."""

    order: Order
    key: str
    what: str
    consequence: str
    until_s: float

    def shown(self, now_s: float) -> ArmedView:
        """Say what Enter would do, and how long still."""
        left_s = max(0.0, self.until_s - now_s)
        return ArmedView(
            title=f"{self.key.upper()} ARMED",
            number=format_countdown(left_s + 0.5),
            fraction=left_s / LASTS_S,
            note=f"nothing done; disarms in {whole_seconds(left_s + 0.5)}",
            command=self.what,
            changes=self.consequence,
            verify="",
            short_verify=self.consequence,
            others="breakers still work",
            choices=(Choice("Enter", "DOES IT"), Choice("Esc", "disarms")),
        )
