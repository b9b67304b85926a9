"""The background traffic of a rehearsal, from Locust in a separate process."""
