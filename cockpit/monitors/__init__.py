"""Live monitors: their sources, the window of a value, and when a monitor trips."""
