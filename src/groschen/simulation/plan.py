"""What a run shall be: how long, how wide, how cruel."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A kind of process that is killed at all is killed at least once in a run.

    Parameters
    ----------
    seed
        Decides every choice; when exactly a process dies may differ.
    steps
        How many steps; after each one everything is checked.
    tenants
        How many tenants do business at once.
    operations
        Operations a step.
    clients
        Operations side by side.
    servers
        Server processes.
    workers
        Worker processes.
    server_kill_every
        One step in so many kills a server (kill -9); 0 for never.
    worker_kill_every
        One step in so many kills a worker; 0 for never.
    database_kill_every
        One step in so many kills PostgreSQL; 0 for never.
    replays
        How many commands are repeated after each step.
    patient
        Wait for retries and for the leases of the dead, instead of making them due at once. A
        step may then take some minutes.
    """

    seed: int
    steps: int
    tenants: int = 4
    operations: int = 12
    clients: int = 6
    servers: int = 2
    workers: int = 2
    server_kill_every: int = 3
    worker_kill_every: int = 3
    database_kill_every: int = 12
    replays: int = 6
    patient: bool = False
