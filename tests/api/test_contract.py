"""The API keeps its own description, whatever is sent: every operation is fuzzed.

A real server answers; a hundred examples for each operation and chains of calls that feed one
another, always with the same seed. No answer may be a server error, have a status or content
type that is not described, or a body that does not fit its schema.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from groschen.kit.processes import this_program
from groschen.kit.provision import environment_of
from support.processes import answering, free_port
from support.tickets import found_alliance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from fastapi import FastAPI

    from groschen.kit.config import Settings
    from groschen.kit.db import Database

pytestmark = pytest.mark.anyio

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance"
)
EXAMPLES = 100
SEED = 20260101


@pytest.fixture(scope="module")
def address(settings: Settings, root_id: UUID) -> Iterator[str]:
    _ = root_id  # founded here, not by the server
    port = free_port()
    changed = settings.model_copy(update={"port": port, "log_level": "error"})
    environment = {**os.environ, **environment_of(changed)}
    process = subprocess.Popen(this_program("serve"), env=environment, stdin=subprocess.DEVNULL)
    try:
        yield answering(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
async def key(app: FastAPI, database: Database, root_id: UUID) -> str:
    alliance = await found_alliance(app, database, root_id)
    await alliance.sell(["t1", "t2", "t3"])
    assert alliance.api.token is not None
    return alliance.api.token


@pytest.mark.timeout(1_500)
@pytest.mark.parametrize(
    "chosen",
    [
        ("--phases", "examples,coverage,fuzzing", "--include-path-regex", "^/v1/[a-o]"),
        ("--phases", "examples,coverage,fuzzing", "--exclude-path-regex", "^/v1/[a-o]"),
        ("--phases", "stateful", "--exclude-operation-id", "api_keys_revoke"),
    ],
    ids=["first half", "second half", "chains of calls"],
)
async def test_every_operation_keeps_the_description(
    chosen: tuple[str, ...], address: str, key: str, tmp_path: Path
) -> None:
    st = Path(sys.executable).with_name("st")
    bearer = f"Bearer {key}"
    command = [
        *(str(st), "run", f"{address}/openapi.json", "--header", f"Authorization: {bearer}"),
        *(*chosen, "--checks", CHECKS, "--max-examples", str(EXAMPLES)),
        *("--seed", str(SEED), "--no-shrink", "--continue-on-failure", "--warnings", "off"),
        *("--suppress-health-check", "all"),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert re.search(r"Tested: +\d{2,}", done.stdout), done.stdout
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
    still = httpx2.get(f"{address}/v1/tenants/current", headers={"Authorization": bearer})
    assert still.is_success, "the key was lost on the way, so what followed proves nothing"
