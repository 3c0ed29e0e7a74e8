"""Measurements of the real parts, each beside a peer or a ceiling in the same run."""
