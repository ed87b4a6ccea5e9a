"""What stands for a build: its numbers, verification, origins of numbers, the supplement."""
