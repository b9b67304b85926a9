"""How many requests a second a rehearsal asks for, on a machine that can serve them."""

FULL_RATE_PER_S = 20.0
"""A load offers a multiple of it: the soak test of the packaged card three times as much."""
