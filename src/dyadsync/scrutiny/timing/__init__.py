"""What came first: landmark analyses and lags."""
