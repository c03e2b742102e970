"""A function fits on a screen, a module is one topic."""

from __future__ import annotations

import ast

import pytest

from support.sources import ROOT, Module, modules

LINES_A_FUNCTION = 60
LINES_A_MODULE = {"src/groschen": 400, "tests": 600}
VAGUE = ("utils", "helpers", "manager", "common", "misc")


def functions(module: Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [
        node
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_functions_fit_on_a_screen() -> None:
    long = [
        f"{module.at(node)} {node.name}: {lines} lines"
        for module in modules()
        for node in functions(module)
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > LINES_A_FUNCTION
    ]
    assert long == []


@pytest.mark.parametrize("folder", LINES_A_MODULE)
def test_modules_keep_to_one_topic(folder: str) -> None:
    long = [
        f"{path.relative_to(ROOT)}: {lines} lines"
        for path in sorted((ROOT / folder).rglob("*.py"))
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LINES_A_MODULE[folder]
    ]
    assert long == []


def test_no_module_has_a_vague_name() -> None:
    vague = [
        module.place
        for module in modules()
        if set(module.place.removesuffix(".py").lower().replace("/", "_").split("_")) & set(VAGUE)
    ]
    assert vague == []
