"""What an expression behind a number is, in words, as far as its names say."""

from __future__ import annotations

import ast

from millbook.prose import split_format

_FIELDS = {
    "ci_lower": "lower end of the interval",
    "ci_upper": "upper end of the interval",
    "ci": "interval",
    "p": "p-value",
    "p_value": "p-value",
    "se": "standard error",
    "std": "standard deviation",
    "sd": "standard deviation",
    "nunique": "number of different values",
    "idxmax": "place of the largest",
    "idxmin": "place of the smallest",
    "max": "largest",
    "min": "smallest",
    "size": "number of values",
    "nobs": "number of rows",
    "n_obs": "number of rows",
    "rsquared": "R²",
    "params": "coefficients",
}
_CALLS = {"len": "number of", "abs": "size of", "sum": "sum of", "max": "largest of"}
_CALLS |= {"min": "smallest of", "of_all": "count of"}
# Steps on the way to a value that name nothing.
_SILENT = {
    "loc",
    "iloc",
    "at",
    "iat",
    "table",
    "values",
    "item",
    "T",
    "expression_in_words",
    "astype",
    "round",
}


def expression_in_words(expression: str) -> str:
    """Say what an expression is, from the inside out; empty where its names do not say.

    Examples
    --------
    >>> expression_in_words('result.table.loc["ACME", "ci_lower"]:.2f')
    'lower end of the interval, ACME, result'
    >>> expression_in_words("len(complete_pairs)")
    'number of complete pairs'
    >>> expression_in_words("100 * share.mean():.0f")
    'mean, share, in per cent'
    """
    return _say(ast.parse(split_format(expression)[0], mode="eval").body)


def _say(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return _plain(node.id)
    if isinstance(node, ast.Attribute):
        return _joined("" if node.attr in _SILENT else _plain(node.attr), _say(node.value))
    if isinstance(node, ast.Subscript):
        return _joined(_keys(node.slice), _say(node.value))
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id in _CALLS and node.args:
            return f"{_CALLS[node.func.id]} {_say(node.args[0])}".strip()
        return _say(node.func)
    if isinstance(node, ast.UnaryOp):
        return _say(node.operand)
    if isinstance(node, ast.BinOp):
        one, other = _number(node.left), _number(node.right)
        if isinstance(node.op, ast.Mult) and 100 in (one, other):
            return _joined(_say(node.right if one == 100 else node.left), "in per cent")
        words = {ast.Sub: "minus", ast.Add: "plus", ast.Div: "divided by", ast.Mult: "times"}
        sign = words.get(type(node.op))
        left, right = _say(node.left), _say(node.right)
        return f"{left} {sign} {right}" if sign and left and right else ""
    if isinstance(node, ast.Constant):
        return str(node.value)
    return ""


def _keys(node: ast.expr) -> str:
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    words = [
        _plain(part.value) if isinstance(part, ast.Constant) and isinstance(part.value, str) else ""
        for part in parts
    ]
    return _joined(*reversed(words))


def _plain(name: str) -> str:
    return _FIELDS.get(name, name.replace("_", " "))


def _joined(*parts: str) -> str:
    return ", ".join(filter(None, parts))


def _number(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else None
