"""What a study cannot carry, in a chapter: a sentence where an answer would stand.

Where `dyadsync.synchrony.limits` says that a study is too poor for some of the book, a cell that
fails does not stop its chapter. The names that it would have made become `Absent`, which give the
reason to whatever uses them, so the sentence stands wherever one of their numbers would.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn, Protocol

from dyadsync.errors import InputError

__all__ = [
    "Absent",
    "NotComputableError",
    "escape_markdown",
    "leave_out",
    "published_names",
    "reason_for",
    "say_why",
    "say_why_in_text",
]

_KEPT_AS_IT_IS = ("#", "|", ":", "```")  # headings, tables, directives: there the words stand alone
_PREFIX = re.compile(r"\s*(?:(?:[-*+>]|\d+\.)\s+)?")
_OF_CODE = re.compile(r"\bnan\b|\w_\w|\w=|\brows\b")
_ESCAPED = r"\\\1"
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>$|#~^])")


class NotComputableError(InputError):
    """A value that a study cannot give was used; the message is the reason."""


class Absent:
    """What a study cannot give: any use of it raises `NotComputableError` with the reason.

    Examples
    --------
    >>> slope = Absent("every dyad has the same synchrony")
    >>> 2 * slope
    Traceback (most recent call last):
    ...
    dyadsync.absent.NotComputableError: every dyad has the same synchrony
    """

    def __init__(self, reason: str) -> None:
        self.__dict__["_reason"] = reason

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # what programs ask any object for, such as how to show it
            raise AttributeError(name)
        self._refuse()

    def __repr__(self) -> str:
        return say_why(self.reason, markup=False)

    def _repr_markdown_(self) -> str:
        return say_why(self.reason)

    @property
    def reason(self) -> str:
        """Why the study cannot give it."""
        return str(self.__dict__["_reason"])

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise NotComputableError(self.reason)

    __call__ = __getitem__ = __setitem__ = __iter__ = __len__ = __contains__ = _refuse
    __bool__ = __float__ = __int__ = __index__ = __str__ = __format__ = __array__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _refuse
    __truediv__ = __rtruediv__ = __pow__ = __rpow__ = __matmul__ = __rmatmul__ = _refuse
    __neg__ = __abs__ = __round__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __and__ = __rand__ = __or__ = __ror__ = __invert__ = _refuse
    __eq__ = __ne__ = _refuse
    __hash__ = object.__hash__


def reason_for(error: str, message: str, limits: Sequence[str]) -> str:
    """Give what readers are told of an error: the package's own sentence, or what the study lacks.

    The latter for an error of another program, and for a sentence to whoever writes code.

    Parameters
    ----------
    error, message
        Name and text of an exception.
    limits
        Reasons of `dyadsync.synchrony.limits.study_limits`.

    Examples
    --------
    >>> reason_for("InputError", "No dyad has changes.", ["one dyad only"])
    'No dyad has changes.'
    >>> reason_for("InputError", "Column 'symptom_reduction' is constant.", ["one dyad only"])
    'one dyad only'
    """
    own = error in ("InputError", NotComputableError.__name__)
    return message if own and not _OF_CODE.search(message) else "; ".join(dict.fromkeys(limits))


def say_why(reason: str, *, markup: bool = True) -> str:
    """Make the sentence that stands where an answer would, in Markdown or as plain text."""
    sentence = f"Not computable with these data: {reason.strip().rstrip('.')}."
    return f"*{escape_markdown(sentence)}*" if markup else sentence


def escape_markdown(text: str) -> str:
    r"""Write a text so that Markdown shows it as it is.

    Examples
    --------
    >>> print(escape_markdown("a_b [c]"))
    a\_b \[c\]
    """
    return _MARKDOWN.sub(_ESCAPED, text)


def say_why_in_text(markdown: str, reasons: Mapping[str, str]) -> str:
    r"""Put the reason in the place of each sentence (a line) one of whose numbers is absent.

    Parameters
    ----------
    markdown
        The text of a cell.
    reasons
        Why not, by the text of the ``{eval}`` role.

    Examples
    --------
    >>> say_why_in_text("It is {eval}`x`.\nSo {eval}`x` it is.", {"x": "one dyad only"})
    '*Not computable with these data: one dyad only.*'
    """
    lines: list[str] = []
    for line in markdown.split("\n"):
        why = [reason for text, reason in reasons.items() if f"{{eval}}`{text}`" in line]
        if not why or line.lstrip().startswith(_KEPT_AS_IT_IS):
            lines.append(line)
            continue
        prefix = _PREFIX.match(line)
        sentence = say_why(why[0])
        if not (lines and lines[-1].endswith(sentence)):
            lines.append((prefix.group() if prefix else "") + sentence)
    return "\n".join(lines)


class Shell(Protocol):
    """What is used of IPython's shell."""

    user_ns: dict[str, Any]
    user_global_ns: dict[str, Any]

    def transform_cell(self, raw_cell: str) -> str:
        """Turn a cell with magics into Python."""


def leave_out(shell: Shell, cell: str, reason: str) -> None:
    """After a cell has failed, make `Absent` whatever it would have made from there on.

    Imports and functions below the failing statement are made as they would have been.

    Parameters
    ----------
    shell
        The kernel's; it has just run the cell.
    cell
        The source of the cell.
    reason
        Why the study cannot carry it.
    """
    line = _failing_line(shell)
    for statement in ast.parse(shell.transform_cell(cell)).body:
        if (statement.end_lineno or statement.lineno) < line:
            continue
        if isinstance(statement, (ast.Import, ast.ImportFrom, ast.FunctionDef)):
            code = compile(ast.Module([statement], []), "<cell>", "exec")
            exec(code, shell.user_global_ns, shell.user_ns)
            continue
        for name in _made_by(statement):
            shell.user_ns[name] = Absent(reason)


def published_names(cell: str) -> list[str]:
    """List the results that a cell publishes, by its calls ``publish("name", ...)``."""
    try:
        tree = ast.parse(re.sub(r"(?m)^\s*[%!].*$", "", cell))
    except SyntaxError:
        return []
    return [
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "publish"
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    ]


def _failing_line(shell: Shell) -> int:
    """Find the line of the cell at which it failed; 0 if that is not known."""
    trace, line = getattr(sys, "last_traceback", None), 0
    while trace is not None:
        frame = trace.tb_frame
        if frame.f_code.co_name == "<module>" and frame.f_globals is shell.user_global_ns:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _made_by(statement: ast.stmt) -> Iterator[str]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
