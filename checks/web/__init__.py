"""HTTP as a client: requests, expectations of an answer, probes, tokens, CORS."""
