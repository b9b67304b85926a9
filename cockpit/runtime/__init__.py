"""What a run has to do with: its session, its folder, the environment, HTTP clients."""
