"""The book's parameters: declared once, checked before anything runs."""

from __future__ import annotations

import ast
import contextlib
import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from millbook._jsonschema import import_jsonschema
from millbook.errors import InputError
from millbook.notebook_file import has_tag

PROFILES = ("quick", "paper")

_KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "boolean": "true or false",
}


@dataclass(frozen=True)
class Parameter:
    """One entry of ``parameters.yml``: a JSON Schema with unit, help and profile values."""

    name: str
    schema: Mapping[str, Any]

    @property
    def default(self) -> Any:
        """The value in every profile that gives no other, and in a notebook run by hand."""
        return self.schema["default"]

    def value_in(self, profile: str) -> Any:
        """Give the value that a profile has."""
        return self.schema.get("profiles", {}).get(profile, self.default)

    @property
    def allowed(self) -> str:
        """What the parameter may be, in words."""
        schema = self.schema
        if "enum" in schema:
            return "one of " + ", ".join(map(str, schema["enum"]))
        if "const" in schema:
            return f"{schema['const']} ({schema.get('help', 'it is fixed')})"
        words = _KINDS.get(schema.get("type", ""), "a value")
        bounds = [
            f"{text} {schema[key]:,}"
            for key, text in {
                "minimum": "at least",
                "exclusiveMinimum": "above",
                "maximum": "at most",
                "exclusiveMaximum": "below",
            }.items()
            if key in schema
        ]
        unit = f" ({schema['unit']})" if "unit" in schema else ""
        return ", ".join([words, *([" and ".join(bounds)] if bounds else [])]) + unit

    def check(self, value: Any) -> Any:
        """Return the value, or say what would be allowed."""
        import_jsonschema()
        from jsonschema import Draft202012Validator

        # JSON knows no NaN, which no comparison with a bound refuses
        number = not isinstance(value, float) or math.isfinite(value)
        if not (number and Draft202012Validator(dict(self.schema)).is_valid(value)):
            raise InputError(
                f"Parameter {self.name} cannot be {value!r}; it must be {self.allowed}."
            )
        return value

    def parse(self, text: str) -> Any:
        """Read a value from the command line: text as it stands, all else as a YAML scalar."""
        if self.schema.get("type") == "string":
            return self.check(text)
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError:
            value = text
        if isinstance(value, str) and self.schema.get("type") == "number":
            # YAML 1.1 takes 1e-3 for text.
            with contextlib.suppress(ValueError):
                value = float(value)
        return self.check(value)


def read_parameters(path: Path) -> dict[str, Parameter]:
    """Read the declarations of ``parameters.yml`` and check them."""
    import_jsonschema()
    from jsonschema import Draft202012Validator, SchemaError

    declared: dict[str, Parameter] = {}
    for name, schema in read_mapping(path).items():
        described = isinstance(schema, Mapping) and isinstance(schema.get("profiles", {}), Mapping)
        if not described or "default" not in schema:
            raise InputError(
                f"{path.name}: parameter {name} must be a mapping with a default; its profiles "
                "are one, too."
            )
        try:
            Draft202012Validator.check_schema(dict(schema))
        except SchemaError as error:
            raise InputError(f"{path.name}: parameter {name}: {error.message}.") from error
        unknown = set(schema.get("profiles", {})) - set(PROFILES)
        if unknown:
            raise InputError(
                f"{path.name}: parameter {name} has a value for the profile "
                f"{', '.join(sorted(unknown))}; the profiles are {', '.join(PROFILES)}."
            )
        parameter = Parameter(name, schema)
        for value in [parameter.default, *schema.get("profiles", {}).values()]:
            parameter.check(value)
        declared[str(name)] = parameter
    return declared


def resolve_parameters(
    declared: Mapping[str, Parameter],
    profile: str = "paper",
    file: Path | None = None,
    settings: Iterable[str] = (),
) -> dict[str, Any]:
    """Give every parameter its value: a setting beats the file, the file the profile."""
    if profile not in PROFILES:
        raise InputError(f"There is no profile {profile!r}; choose {' or '.join(PROFILES)}.")
    values = {name: parameter.value_in(profile) for name, parameter in declared.items()}
    if file is not None:
        for name, value in read_mapping(file).items():
            values[name] = _find(declared, str(name)).check(value)
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise InputError(f"--set {setting!r} must be of the form NAME=VALUE.")
        values[name] = _find(declared, name.strip()).parse(text)
    return values


def notebook_parameters(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Read the names and defaults of a notebook's cell tagged ``parameters``."""
    found: dict[str, Any] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code" or not has_tag(cell, "parameters"):
            continue
        for statement in ast.parse(cell["source"]).body:
            try:
                match statement:
                    case ast.Assign(targets=[ast.Name(id=name)], value=value):
                        found[name] = ast.literal_eval(value)
                    case _:
                        raise ValueError
            except ValueError:
                raise InputError(
                    "The cell tagged parameters may only hold lines such as n_draws = 1000; found "
                    f"{ast.unparse(statement)!r}."
                ) from None
    return found


def select_parameters(
    declared: Mapping[str, Parameter], values: Mapping[str, Any], names: Iterable[str]
) -> dict[str, Any]:
    """Choose the values that a chapter uses, in the order in which it names them."""
    return {name: values[_find(declared, name).name] for name in names}


def _find(declared: Mapping[str, Parameter], name: str) -> Parameter:
    if name == "":
        raise InputError("--set needs a name before the equals sign: NAME=VALUE.")
    if name not in declared:
        close = difflib.get_close_matches(name, declared, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise InputError(
            f"There is no parameter {name}.{hint} The parameters are {', '.join(declared)}."
        )
    return declared[name]


def read_mapping(path: Path) -> dict[str, Any]:
    """Read a YAML file of names and values."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}," if mark else ""
        raise InputError(f"{path}{where} is no YAML; write one NAME: VALUE a line.") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise InputError(f"{path} must hold names and values, one NAME: VALUE a line.")
    return content
