"""Traffic routers: how the canary's share is ordered, and how it is observed."""
