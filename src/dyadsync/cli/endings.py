"""How a command ends: exit codes, a user's mistakes as sentences, a build that is told to stop."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator

import click

from dyadsync.errors import InputError

__all__ = ["BAD_INPUT", "FAILED", "ended_whole", "sentences"]

FAILED, BAD_INPUT = 1, 2


@contextlib.contextmanager
def ended_whole() -> Iterator[None]:
    """Let a build that is told to end (SIGTERM) end the chapters that it runs, too."""

    def end(*_: object) -> None:
        import psutil

        for child in psutil.Process().children(recursive=True):
            child.terminate()
        click.echo("The build was stopped; the last good site stands.", err=True)
        os._exit(FAILED)  # the task runner would wait for workers that are gone

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def sentences() -> Iterator[None]:
    """Turn the user's mistakes into sentences on standard error and exit code 2."""
    try:
        yield
    except InputError as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_INPUT)
