"""What Locust loads, in its own process; nothing of the program imports it.

The folder holds no other module: Locust puts it in front of everything else that can be imported.
"""
