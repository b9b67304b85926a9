"""Stand-ins for the observability tools of a rehearsal, in one process on loopback.

They are not Sentry, Grafana, Prometheus and Alertmanager, but follow the documented API of each for
the few requests of the packaged card. Sentry stores and returns events, Grafana has one dashboard,
Alertmanager stores the alerts that it receives. Prometheus scrapes the rehearsal's own `/metrics`
once a second and keeps a day of scrapes. It answers the fixed queries of `series.QUERIES`, and the
queries of a `budget` check, which it recognizes by their `shapes`. It refuses any other as
unparsable.

The tests also run the checks against the real Prometheus and Alertmanager, and compare the budget
of the real Prometheus with that of the stand-in.
"""
