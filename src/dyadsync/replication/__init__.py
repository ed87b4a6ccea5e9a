"""The same mediation by every method, and the paths as correlations."""
