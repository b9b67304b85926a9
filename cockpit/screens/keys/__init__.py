"""The keys: what each does, from the key to an order."""
