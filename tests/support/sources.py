"""The sources as syntax trees, for tests about how the code is built."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "groschen"


@dataclass(frozen=True)
class Module:
    """One Python file: its place below ``src/groschen``, its text and its tree."""

    place: str
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """The dotted name, e.g. ``groschen.core.money``."""
        dotted = self.place.removesuffix(".py").replace("/", ".").removesuffix("__init__")
        return f"groschen.{dotted}".rstrip(".")

    def at(self, node: ast.AST) -> str:
        """Where ``node`` stands, for a message."""
        return f"{self.place}:{getattr(node, 'lineno', 0)}"

    def imports(self) -> Iterator[tuple[ast.stmt, str]]:
        """Yield each import statement with the full dotted name it brings."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield node, alias.name
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    yield node, f"{node.module}.{alias.name}"

    def texts(self) -> Iterator[tuple[ast.AST, str]]:
        """Yield each string constant that is no docstring."""
        docstrings = {
            id(node.body[0].value)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(self.tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in docstrings
            ):
                yield node, node.value

    def whole_texts(self) -> Iterator[tuple[ast.AST, str]]:
        """Yield the texts as they are used: ``NAME + "..."`` once, put together."""
        named = {
            target.id: node.value.value
            for node in self.tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        }
        sums = [node for node in ast.walk(self.tree) if _is_sum(node)]
        parts = {id(part) for node in sums for part in ast.walk(node)}
        used = {part.id for node in sums for part in ast.walk(node) if isinstance(part, ast.Name)}
        building_blocks = {named[name] for name in used & set(named)}
        for node in sums:
            yield node, _joined(node, named)
        for node, text in self.texts():
            if id(node) not in parts and text not in building_blocks:
                yield node, text


def _is_sum(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)


def _joined(node: ast.AST, named: dict[str, str]) -> str:
    if isinstance(node, ast.BinOp):
        return _joined(node.left, named) + _joined(node.right, named)
    if isinstance(node, ast.Name):
        return named.get(node.id, "")
    return str(node.value) if isinstance(node, ast.Constant) else ""


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """Return all modules below the folders of the package (all of it without any)."""
    places = [PACKAGE / folder for folder in folders] or [PACKAGE]
    paths = [path for place in places for path in sorted(place.rglob("*.py"))]
    return tuple(
        Module(str(path.relative_to(PACKAGE)), text, ast.parse(text))
        for path in paths
        for text in [path.read_text(encoding="utf-8")]
    )
