"""How a command ends: exit codes, a user's mistakes as sentences, a build that is stopped."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
from collections.abc import Iterator

import click

from dyadsync.errors import InputError
from millbook.errors import AdapterError, BuildError
from millbook.errors import InputError as BookError
from millbook.temporary import remove_temporary_folders

FAILED, BAD_INPUT = 1, 2


def warn(sentence: str) -> None:
    """Say what does not stop a command, on standard error."""
    click.echo(sentence, err=True)


@contextlib.contextmanager
def ended_whole() -> Iterator[None]:
    """Let a build that is ended by Ctrl-C or SIGTERM end the chapters that it runs, too."""
    whole = os.getpid()

    def end(number: int, _: object) -> None:
        if os.getpid() != whole:  # a worker that inherited this; Ctrl-C reaches it as well
            if number == signal.SIGTERM:
                os._exit(FAILED)
            return
        import psutil

        logging.disable()  # else a kernel that dies now is told of as of its own accord
        children = psutil.Process().children(recursive=True)
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.terminate()
        psutil.wait_procs(children, timeout=3)  # which still write into them
        remove_temporary_folders()
        # A terminal may stand in the middle of a table whose cursor is hidden.
        shown = "\x1b[?25h\n" if sys.stderr.isatty() else ""
        click.echo(f"{shown}The build was stopped; the last good site stands.", err=True)
        os._exit(FAILED)  # the task runner would wait for workers that are gone

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def ended_orderly() -> Iterator[None]:
    """Let Ctrl-C end many tasks as an exception does, which ends the processes that do them."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
        sys.exit(FAILED)
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def sentences() -> Iterator[None]:
    """Turn errors into sentences on standard error: exit code 2 for the user's, 1 for a build's."""
    try:
        yield
    except (InputError, BookError) as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_INPUT)
    except (AdapterError, BuildError) as error:
        click.echo(str(error), err=True)
        sys.exit(FAILED)
