"""Every defensible analysis: its forks, its runs, its joint tests."""
