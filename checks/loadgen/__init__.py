"""Locust as a child process that offers a load and reports a JSON line a second."""
