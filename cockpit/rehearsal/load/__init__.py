"""The background traffic of a rehearsal, by Locust in a process of its own."""
