"""The repository as a newcomer gets it: no leftovers, no addresses in locks, one version each."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

from support.sources import ROOT

PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", re.MULTILINE)
LEFTOVERS = re.compile(r"\b(?:TODO|FIXME|XXX)\b|type:\s*ignore|pytest\.mark\.skip\b")
HOME_PATHS = re.compile(r"/(?:home|Users)/\w+")
TEXT = {".py", ".sql", ".md", ".toml", ".yml", ".html", ".css", ".js", ".txt", ".json", ""}


def tracked() -> list[Path]:
    """Return the text files that belong to the repository, vendored ones aside."""
    listing = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],  # noqa: S607 - the git of the developer
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    return [
        ROOT / name
        for name in listing
        if "/vendor/" not in name
        and Path(name).suffix in TEXT
        and (ROOT / name).is_file()
        and ROOT / name != Path(__file__)
    ]


def found(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}: {hit[0]}"
        for path in tracked()
        for hit in [pattern.search(path.read_text(encoding="utf-8"))]
        if hit
    ]


def test_nothing_is_left_over() -> None:
    assert found(LEFTOVERS) == []


def test_no_path_of_somebodys_machine() -> None:
    assert found(HOME_PATHS) == []


def test_every_page_of_the_documentation_can_be_reached() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}
    assert {page for page in pages if f": {page}\n" not in navigation} == set()
    index = (ROOT / "docs" / "decisions" / "index.md").read_text(encoding="utf-8")
    decisions = {Path(page).name for page in pages if page.startswith("decisions/0")}
    assert {name for name in decisions if f"({name})" not in index} == set()


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")))


def test_locks_name_no_addresses_and_hash_everything() -> None:
    for name in ("runtime", "dev"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        assert "://" not in text
        assert all(
            "--hash=sha256:" in block for block in re.split(r"\n(?=[a-z])", text) if "==" in block
        )


def test_the_development_lock_contains_the_runtime_lock() -> None:
    runtime, development = pins("runtime"), pins("dev")
    assert runtime
    assert {name: development.get(name) for name in runtime} == runtime


def test_locks_cover_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = {
        re.split(r"[\[<>=; ]", wanted, maxsplit=1)[0].lower()
        for wanted in project["project"]["dependencies"]
    }
    assert names - set(pins("runtime")) == set()
    extra = {
        re.split(r"[\[<>=; ]", wanted, maxsplit=1)[0].lower()
        for wanted in project["dependency-groups"]["dev"]
    }
    assert extra - set(pins("dev")) == set()
