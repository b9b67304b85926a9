"""Stand-ins for what watches a service: Sentry, Grafana, Prometheus, Alertmanager, in one process.

They are for a rehearsal alone, on loopback, and are none of these programs. Each keeps to the
documented API of its original in the few questions that the packaged card asks: Sentry stores and
shows events, Grafana has one dashboard, Alertmanager keeps the alerts that it is sent. Prometheus
reads the rehearsal's own `/metrics` once a second, and keeps a day of what it read. It knows the
queries of `series.QUERIES` by heart, and computes those that a `budget` check asks, told by their
`shapes`; it refuses any other, as it would one that it cannot parse. Whether the checks speak with
the real Prometheus and Alertmanager is tested against these, and whether a budget is the same by
the real Prometheus and by the stand-in.
"""
