"""The one kind of error that is the user's to mend."""

from __future__ import annotations


class InputError(ValueError):
    """Something that was given is wrong: data, a parameter, an option, a combination of them.

    The message is a sentence that says what was wrong, where, and what would be right.
    The command line prints it without a traceback and exits with 2.
    """
