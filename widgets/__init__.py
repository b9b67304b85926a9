"""Textual widgets of the cockpit: plain frozen values in, messages out, no I/O."""
