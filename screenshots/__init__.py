"""Pictures of the real screens, made by a command."""
