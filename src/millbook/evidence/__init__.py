"""What stands for a build: its numbers, its verification, the way of a number, the supplement."""
