"""What the screens hold: where state comes from, and what is shown of it."""
