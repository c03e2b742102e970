"""The command line: every module in ``groschen.commands`` is one command.

``commands/bench.py`` is ``groschen bench``. Its docstring's first line is the help, its name
``command`` is either a function or a ``cyclopts.App`` with commands of its own (``ledger verify``).
Modules are imported when their command is called, so that a start stays quick.
"""

from __future__ import annotations

import ast
import sys
from importlib import resources
from typing import TYPE_CHECKING

import cyclopts

from groschen import __version__
from groschen.core.errors import GroschenError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

HELP = "From order to delivery, price, payment and the fair division of the money."


def make_cli() -> cyclopts.App:
    """Return the command line with all commands found."""
    cli = cyclopts.App(name="groschen", help=HELP, version=__version__)
    for module in sorted(resources.files("groschen.commands").iterdir(), key=_name):
        name = _name(module)
        if module.name.endswith(".py") and not name.startswith("_"):
            cli.command(
                f"groschen.commands.{name}:command", name=name.replace("_", "-"), help=_help(module)
            )
    return cli


def main() -> None:
    """Run the command line; a refusal becomes one clear line and status 1."""
    try:
        make_cli()()
    except GroschenError as refusal:
        sys.stderr.write(f"groschen: {refusal.detail}\n")
        if refusal.hint:
            sys.stderr.write(f"          {refusal.hint}\n")
        sys.exit(1)


def _name(module: Traversable) -> str:
    return module.name.removesuffix(".py")


def _help(module: Traversable) -> str:
    """Return the first line of the module's docstring, without importing it."""
    text = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0]
