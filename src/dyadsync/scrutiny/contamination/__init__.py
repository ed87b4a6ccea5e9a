"""What odd dyads do to each method."""
