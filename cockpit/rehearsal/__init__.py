"""The world a rehearsal plays in: a small real service, a router, a real PostgreSQL, real traffic.

Everything here runs in child processes on loopback. The cockpit itself imports `client` and
`scenarios` alone; the rest belongs to the processes of the world.
"""
