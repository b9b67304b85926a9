"""The go-live card: its model, how it is read, what it plans, and the packaged one."""
