"""The same mediation by every method."""
