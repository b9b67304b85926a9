"""Orders in, events out: what runs the steps, the breakers and the rollback."""
