"""The host of a rehearsal: the process that starts its world and ends it."""
