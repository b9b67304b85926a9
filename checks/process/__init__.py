"""Child processes of a check, their output, and the sources that list backups."""
