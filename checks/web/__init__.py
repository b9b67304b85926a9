"""HTTP as a client: one bounded client, expected responses, probes, tokens, CORS, TLS."""
