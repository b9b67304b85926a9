"""The locustfiles that Locust loads in its own process; the program never imports them.

This folder holds nothing else: Locust puts it first on the import path.
"""
