"""What can be asked of a target: one file a kind of check, its options and its run together."""
