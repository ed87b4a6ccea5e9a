"""Write the pins of requirements.lock into pyproject.toml, where `uv sync` looks for them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*==[^\s;\\]+)(?:\s*;\s*([^\\]+?))?\s*\\?$", re.MULTILINE)
BEGIN, END = "# uv: begin, written by make lock\n", "# uv: end\n"


def pinned(lock: str, project: str) -> str:
    """Replace the block of pins in the text of pyproject.toml."""
    pins = [f'  "{pin}{" ; " * bool(marker)}{marker}",\n' for pin, marker in PIN.findall(lock)]
    block = f"{BEGIN}[tool.uv]\nconstraint-dependencies = [\n{''.join(pins)}]\n{END}"
    head = project.partition(BEGIN)[0].rstrip("\n")
    tail = project.partition(END)[2]
    return f"{head}\n\n{block}{tail}"


if __name__ == "__main__":
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    path = ROOT / "pyproject.toml"
    path.write_text(pinned(lock, path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
