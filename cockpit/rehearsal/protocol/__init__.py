"""What the host and its child processes agree on."""
