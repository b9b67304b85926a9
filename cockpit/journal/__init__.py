"""The journal: one hash-chained, fsynced JSON Lines file a run, and the lock on giving orders."""
