"""An order armed on this screen alone: Enter gives it, Esc or ten seconds disarm it."""

from msgspec import Struct

from cockpit.engine.orders import Order
from cockpit.screens.view.phrases import format_countdown, whole_seconds
from widgets.armed import ArmedView
from widgets.form import Choice

LASTS_S = 10.0


class PendingOrder(Struct, frozen=True):
    """An order that waits for Enter until the run second `until_s`, and what it would do."""

    order: Order
    key: str
    what: str
    consequence: str
    until_s: float

    def view(self, now_s: float) -> ArmedView:
        """Return the banner's armed half: what Enter would do, and the time left."""
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
