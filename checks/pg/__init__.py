"""PostgreSQL as a client: connections, dumps, scratch databases, activity."""
