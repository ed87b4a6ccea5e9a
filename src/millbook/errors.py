"""What can go wrong: an input, which is the user's to mend, a build, an adapter."""

from __future__ import annotations


class InputError(ValueError):
    """Something that was given is wrong: a parameter, an option, the folder of a book.

    The message is a sentence that says what was wrong, where, and what would be right.
    A command line prints it without a traceback and exits with 2.
    """


class BuildError(Exception):
    """The build failed; the message holds those of all chapters that did, or the site's."""


class AdapterError(Exception):
    """A function of the adapter failed, which is the project's to mend, not the user's."""
