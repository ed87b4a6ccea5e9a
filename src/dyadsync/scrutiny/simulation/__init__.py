"""The trial that the shipped data imitate, and what such trials can find."""
