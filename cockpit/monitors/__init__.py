"""Live monitors: what is measured, over which window, and when it trips."""
