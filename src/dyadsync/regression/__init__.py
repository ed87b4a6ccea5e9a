"""Regressions: least squares, binary, robust and median; of one sample or of many weighted ones."""
