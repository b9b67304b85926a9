"""A terminal cockpit for the most dangerous hour of a release."""
