"""The rules are pure: standard library only, no clock, no chance, no float, no I/O."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import groschen.core

ROOT = Path(groschen.core.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
IMPURE_MODULES = {"asyncio", "io", "os", "pathlib", "random", "secrets", "socket", "sys", "time"}
IMPURE_CALLS = {"float", "now", "open", "print", "today", "utcnow", "uuid1", "uuid4"}


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield node.module or ""


def calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func).rpartition(".")[2]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_is_pure(path: Path) -> None:
    tree = ast.parse(path.read_text())
    for name in imports(tree):
        top = name.partition(".")[0]
        assert name.startswith("groschen.core") or top in sys.stdlib_module_names, name
        assert top not in IMPURE_MODULES, name
    assert not IMPURE_CALLS & set(calls(tree))
    floats = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]
    assert not floats
