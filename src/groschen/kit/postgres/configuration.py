"""The settings of the embedded PostgreSQL: durable, quiet about data, moderate in memory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFAULT_PORT: Final = 5432
MEBIBYTE: Final = 1024 * 1024
INCLUDE_LINE: Final = """
# Written by Groschen at every start; make settings of your own by ALTER SYSTEM.
include_if_exists = 'groschen.conf'
"""

# max_wal_size bounds crash recovery: about 150 MB of log are replayed a second.
FIXED: Final = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "replica",
    "max_wal_size": "768MB",
    "min_wal_size": "128MB",
    "checkpoint_timeout": "5min",
    "max_connections": "100",
    "password_encryption": "scram-sha-256",
    "jit": "off",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "autovacuum_naptime": "15s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "logging_collector": "off",
    "log_checkpoints": "off",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
    "log_line_prefix": "%m [%p] ",
    "unix_socket_permissions": "0700",
}


def configuration(*, socket_folder: Path, port: int | None, extra: Mapping[str, str]) -> str:
    """Return the text of ``groschen.conf``. A ``port`` opens the loopback address as well."""
    settings = {
        **FIXED,
        "shared_buffers": f"{_shared_buffers_mebibytes()}MB",
        "unix_socket_directories": str(socket_folder),
        "listen_addresses": "127.0.0.1" if port is not None else "",
        "port": str(port or DEFAULT_PORT),
        **extra,
    }
    return "".join(f"{name} = '{_quoted(value)}'\n" for name, value in settings.items())


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


def _shared_buffers_mebibytes() -> int:
    """Return an eighth of the memory, at least 128 and at most 1024 MiB."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MEBIBYTE
    return min(max(memory // 8, 128), 1024)
