"""The views: pure functions from a snapshot of a run to the values that the widgets draw."""
