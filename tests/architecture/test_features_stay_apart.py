"""What import contracts cannot say: which part of a lower feature may be called, and by whom."""

from __future__ import annotations

import ast
import re

from support.sources import Module, modules

ONE_DOOR_TABLES = ("totals", "share_lines", "share_movements")
USAGE_TOTALS = ("item_totals", "total_days")
USAGE_QUERIES = "groschen.features.usage.queries"
TOTAL_WRITERS = ("insert_totals", "update_totals", "add_to_days")
POSTED_TABLES = ("journals", "postings")
MEASURED_ALONE = ("bench/",)  # the bare statement is the limit that ours is compared with
WRITES = r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO)\s+(?:groschen\.)?({})\b"


def feature_of(name: str) -> tuple[str, str] | None:
    """Return feature and part of a dotted name below ``groschen.features``."""
    found = re.match(r"groschen\.features\.(\w+)(?:\.(\w+))?", name)
    return None if found is None else (found[1], found[2] or "")


def test_no_feature_uses_the_inside_of_another() -> None:
    inside = []
    for module in modules("features", "web"):
        own = feature_of(module.name)
        for node, name in module.imports():
            used = feature_of(name)
            if used is None or (own is not None and own[0] == used[0]):
                continue
            if used[1] in {"queries", "api", "jobs"}:
                inside.append(f"{module.at(node)} {name}")
    assert inside == []


def writers(tables: tuple[str, ...]) -> list[str]:
    pattern = re.compile(WRITES.format("|".join(tables)), re.IGNORECASE)
    return [
        module.at(node)
        for module in modules()
        if not module.place.startswith(MEASURED_ALONE)
        for node, text in module.texts()
        if pattern.search(text)
    ]


def test_shares_are_written_through_one_door() -> None:
    found = writers(ONE_DOOR_TABLES)
    assert [place for place in found if not place.startswith("features/shares/")] == []


def test_usage_totals_are_written_by_one_service_alone() -> None:
    """What of a slice is posted is marked by posting, which changes nothing else of it."""
    assert {place.rsplit(":", 1)[0] for place in writers(USAGE_TOTALS)} <= {
        "features/usage/queries/totals.py",
        "features/usage/queries/posting.py",
    }
    inside = [
        module.place
        for module in modules("features", "web")
        for _, name in module.imports()
        if name in {f"{USAGE_QUERIES}.totals.{writer}" for writer in TOTAL_WRITERS}
        or (name == f"{USAGE_QUERIES}.totals" and _calls(module, TOTAL_WRITERS))
    ]
    assert set(inside) == {"features/usage/service/totals.py"}
    marks = [
        text
        for module in modules("features/usage")
        if module.place == "features/usage/queries/posting.py"
        for _, text in module.texts()
        if re.search(r"\bUPDATE\s+total_days\b", text)
    ]
    for text in marks:
        changed = re.findall(r"(?:SET|,)\s+(\w+)\s+=", text.split("FROM")[0])
        assert {name for name in changed if not name.startswith("posted_")} <= {"unposted"}


def _calls(module: Module, names: tuple[str, ...]) -> bool:
    """Whether a module calls an attribute of one of these names."""
    return any(
        isinstance(node, ast.Attribute) and node.attr in names for node in ast.walk(module.tree)
    )


def test_postings_are_written_by_the_posting_function_alone() -> None:
    assert writers(POSTED_TABLES) == []
