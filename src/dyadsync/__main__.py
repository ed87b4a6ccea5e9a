"""The command line, as ``dyadsync`` and as ``python -m dyadsync``.

What must hold before anything else is imported is settled here.
"""

from __future__ import annotations

import os
import sys

try:
    import signal
except KeyboardInterrupt:  # pressed before this can be told what to do
    sys.exit("Stopped.")


def main() -> None:
    """Run the command, or say which extra brings what it needs."""
    _end_in_a_sentence()
    _speak_utf8()
    _forget_foreign_modules()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # what cp1252 lacks
    try:
        from dyadsync.cli import main as command
    except ModuleNotFoundError as error:
        if (error.name or "dyadsync").startswith("dyadsync"):
            raise
        sys.exit(f"The command needs the package {error.name}: pip install 'dyadsync[book]'.")
    command()


def _end_in_a_sentence() -> None:
    """Let Ctrl-C end the command without a traceback, also while it imports."""
    whole = os.getpid()

    def end(_number: int, _frame: object) -> None:
        if os.getpid() == whole:  # not in a worker that inherited this
            os.write(2, b"Stopped.\n")
        os._exit(1)

    signal.signal(signal.SIGINT, end)


def _speak_utf8() -> None:
    """Begin again in UTF-8 where a language's older encoding would garble the names of files."""
    if sys.getfilesystemencoding() != "utf-8" and os.environ.get("PYTHONUTF8") != "1":
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _forget_foreign_modules() -> None:
    """Look for modules neither in PYTHONPATH nor here, unless this package lies there.

    A file ``numbers.py`` there would else be taken for Python's own module.
    """
    named = {os.path.abspath(one) for one in os.environ.get("PYTHONPATH", "").split(os.pathsep)}  # noqa: PTH100
    foreign = {one for one in {*named, os.getcwd()} if not os.path.isdir(f"{one}/dyadsync")}  # noqa: PTH109, PTH112
    sys.path[:] = [one for one in sys.path if os.path.abspath(one) not in foreign]  # noqa: PTH100


if __name__ == "__main__":
    main()
