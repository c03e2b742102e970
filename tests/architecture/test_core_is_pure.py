"""The rules are pure: standard library only, no input or output, no clock, no float."""

from __future__ import annotations

import ast
import sys

from support.sources import Module, modules

IMPURE = {
    "asyncio", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets", "select",
    "shutil", "signal", "socket", "sqlite3", "subprocess", "sys", "tempfile", "threading", "time",
    "urllib",
}  # fmt: skip
CLOCK_CALLS = {
    "date.today", "datetime.now", "datetime.today", "datetime.utcnow", "time.monotonic",
    "time.monotonic_ns", "time.perf_counter", "time.perf_counter_ns", "time.time", "time.time_ns",
}  # fmt: skip
CLOCK = "kit/clock.py"
MEASURES_TIME = ("bench/",)
SQL_CLOCKS = ("now()", "current_timestamp", "current_date", "clock_timestamp()", "localtimestamp")


def test_core_imports_the_standard_library_and_itself_only() -> None:
    foreign = [
        f"{module.at(node)} {name}"
        for module in modules("core")
        for node, name in module.imports()
        if not name.startswith("groschen.core")
        and (
            name.partition(".")[0] not in sys.stdlib_module_names
            or name.partition(".")[0] in IMPURE
        )
    ]
    assert foreign == []


def test_core_opens_and_prints_nothing() -> None:
    calls = [
        module.at(node)
        for module in modules("core")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"open", "print", "input"}
    ]
    assert calls == []


def test_money_and_quantities_never_meet_a_float() -> None:
    floats = [
        module.at(node)
        for module in modules("core", "features")
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id == "float")
    ]
    assert floats == []


def clock_reads(module: Module) -> list[str]:
    return [
        module.at(node)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ".".join(ast.unparse(node.func).split(".")[-2:]) in CLOCK_CALLS
    ]


def test_only_the_clock_reads_the_clock() -> None:
    reads = [
        place
        for module in modules()
        if module.place != CLOCK and not module.place.startswith(MEASURES_TIME)
        for place in clock_reads(module)
    ]
    assert reads == []
    [clock] = [module for module in modules("kit") if module.place == CLOCK]
    assert clock_reads(clock), "the check sees the clock itself"


def test_sql_of_the_features_takes_time_as_an_argument() -> None:
    reads = [
        f"{module.at(node)} {word}"
        for module in modules("features")
        for node, text in module.texts()
        for word in SQL_CLOCKS
        if word in text.lower() and "select" in text.lower()
    ]
    assert reads == []
