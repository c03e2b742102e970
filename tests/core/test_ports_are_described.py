"""Every port says what its methods do, and holds nothing that runs."""

from __future__ import annotations

import inspect
from importlib import import_module
from pkgutil import iter_modules

import pytest

from groschen.core import ports


@pytest.mark.parametrize("name", [module.name for module in iter_modules(ports.__path__)])
def test_a_port_describes_every_method(name: str) -> None:
    module = import_module(f"{ports.__name__}.{name}")
    found = [
        member
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__ == module.__name__ and getattr(kind, "_is_protocol", False)
        for _, member in inspect.getmembers(kind, inspect.isfunction)
        if not member.__name__.startswith("_")
    ]
    assert [member.__qualname__ for member in found if not inspect.getdoc(member)] == []
