"""The weighted router in front of both versions of the rehearsed service."""
