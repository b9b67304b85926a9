"""Read models: pure functions of plan and state, without I/O."""
