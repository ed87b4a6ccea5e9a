"""The one kind of error that is the user's to mend."""

from __future__ import annotations


class InputError(ValueError):
    """Something that was given is wrong: a parameter, an option, the folder of a book.

    The message is a sentence that says what was wrong, where, and what would be right.
    A command line prints it without a traceback and exits with 2.
    """
