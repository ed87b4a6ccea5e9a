"""Programs that tests run to their end."""

import subprocess


def ended(command, **options):
    """Run a program; give its exit code and what it said, as text."""
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)
