"""The command line, as ``dyadsync`` and as ``python -m dyadsync``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command, or say which extra brings what it needs."""
    try:
        from dyadsync.cli import main as command
    except ModuleNotFoundError as error:
        if (error.name or "dyadsync").startswith("dyadsync"):
            raise
        sys.exit(f"The command needs the package {error.name}: pip install 'dyadsync[book]'.")
    command()


if __name__ == "__main__":
    main()
