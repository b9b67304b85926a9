"""What everything stands on: errors, the clock, formatting, redaction. Imports no room."""
