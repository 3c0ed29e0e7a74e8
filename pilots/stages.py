"""The stages a pilot passes through, in order."""

STAGES = ("planning", "legal_check", "baseline", "pilot", "evaluation", "decision", "follow_up", "closed")
