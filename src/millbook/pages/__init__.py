"""What Sphinx loads: how executed chapters become pages, and how these look and behave."""
