"""Runs the steps, the breakers and the rollback: orders in, events out."""
