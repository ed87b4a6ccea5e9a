"""A study: its data package checked and in memory, and the outcome made from it."""
