"""Figures as a book keeps them: in two widths, with their data."""
