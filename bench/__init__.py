"""Measures the program from outside, beside a bare Textual app and beside a bare Python."""
