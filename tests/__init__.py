"""Tests, one folder a room, and whole stories in journeys."""
