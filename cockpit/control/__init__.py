"""A run put together: opened with control, or observed without."""
