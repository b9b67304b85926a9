"""What each key does: from the key to an order."""
