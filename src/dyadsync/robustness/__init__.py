"""Robustness: the same claim by many methods, and on dyads of which some are outliers."""
