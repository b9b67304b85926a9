"""From the state of a run to what the widgets show: pure functions of one instant."""
