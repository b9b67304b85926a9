"""Samples of logs, and detectors of personal data and credentials in them."""
