"""What came first: the order of sessions and ratings within dyads, and lags."""
