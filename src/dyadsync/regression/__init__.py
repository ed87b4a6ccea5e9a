"""Straight lines and correlations, plain and robust, for one sample or many at once."""
