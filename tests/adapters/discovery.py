"""Finds what implements a port, so that no adapter escapes its contract suite."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def port_members(port: type) -> set[str]:
    """Return the public names that an implementation of ``port`` must have."""
    return {name for name in vars(port) if not name.startswith("_")}


def _modules(folder: str) -> Iterator[str]:
    package = importlib.import_module(folder)
    for found in pkgutil.walk_packages(package.__path__, f"{folder}."):
        yield found.name


def implementations(folder: str, port: type) -> dict[str, type]:
    """Return the classes below ``groschen.adapters.<folder>`` that have every member of ``port``.

    The key is the adapter's name: the first part of the module's path below the folder.
    """
    base = f"groschen.adapters.{folder}"
    found: dict[str, type] = {}
    for module_name in _modules(base):
        module = importlib.import_module(module_name)
        for candidate in vars(module).values():
            if not inspect.isclass(candidate) or candidate.__module__ != module_name:
                continue
            if port_members(port) <= set(dir(candidate)):
                found[module_name.removeprefix(f"{base}.").split(".")[0]] = candidate
    return found
