"""Monitoring systems as a client: Prometheus, Alertmanager, Grafana, Sentry."""
