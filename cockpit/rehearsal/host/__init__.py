"""The host of a rehearsal: the process that starts and ends the processes of its world."""
