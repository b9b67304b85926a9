"""The world of a rehearsal: a small real service, a router, a real PostgreSQL and real traffic.

Everything here runs in child processes on loopback. The cockpit itself imports only `host.client`,
`host.record` and `scenarios`; the rest belongs to the processes of the world.
"""
