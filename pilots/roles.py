"""Who may be told what over HTTP."""

ROLES = ("admin", "leader", "evaluator", "staff", "grafana")
