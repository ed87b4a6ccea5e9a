"""The command line, a module per command.

Exit codes: 0 done, 1 failed or different, 2 bad input or usage. A command imports what it needs
when it runs, so that ``dyadsync --help`` is quick: at the top of these modules stands click alone.
"""

from __future__ import annotations

import click

from dyadsync.cli.build_command import build
from dyadsync.cli.check_command import check
from dyadsync.cli.compare_command import compare
from dyadsync.cli.explain_command import explain
from dyadsync.cli.import_command import import_
from dyadsync.cli.multiverse_command import multiverse
from dyadsync.cli.new_command import new
from dyadsync.cli.plan_command import plan
from dyadsync.cli.power_command import power
from dyadsync.cli.simulate_command import simulate
from dyadsync.cli.supplement_command import supplement
from dyadsync.cli.verify_command import verify

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dyadsync", message="%(package)s %(version)s")
def main() -> None:
    """Oxytocin synchrony between patients and therapists: an executable research compendium."""


for _command in (
    new,
    import_,
    plan,
    check,
    build,
    compare,
    verify,
    explain,
    supplement,
    simulate,
    power,
    multiverse,
):
    main.add_command(_command)
