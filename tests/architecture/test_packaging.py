"""An installed wheel is complete: SQL, templates, pages and translations are in it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

from support.sources import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_the_wheel_holds_every_file_of_the_package_and_runs(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
        archive.extractall(tmp_path / "installed")
    ours = {
        str(path.relative_to(ROOT / "src"))
        for path in (ROOT / "src" / "groschen").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert ours - inside == set()
    assert any(name.endswith("licenses/LICENSE") for name in inside)
    shown = subprocess.run(
        [sys.executable, "-m", "groschen", "--help"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        check=True,
        capture_output=True,
        text=True,
    )
    assert "migrate" in shown.stdout
