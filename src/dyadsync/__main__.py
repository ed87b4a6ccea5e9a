"""Run the command line as ``python -m dyadsync``."""

from dyadsync.cli import main

main()
