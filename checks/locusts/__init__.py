"""The load generator: Locust in a process of its own, and what is made of its measurements."""
