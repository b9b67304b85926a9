"""The protocol between the rehearsal's host and its child processes."""
