"""Simulated residents, devices and staff, with the truth that an analysis should find."""
