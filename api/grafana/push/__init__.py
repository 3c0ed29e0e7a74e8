"""How what we generate gets into a Grafana over its HTTP API, and whose it is that stands there."""
