"""Sending events: CloudEvents in batches, each answered when all of it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from groschen.demo.waiting import NothingHappened

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from groschen.demo.api import Api
    from groschen.demo.progress import Bar

EVENTS_A_CALL: Final = 1_000
BATCH: Final = "application/cloudevents-batch+json"


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of events: how many were accepted, and how many had been before."""

    accepted: int = 0
    duplicate: int = 0

    def __add__(self, other: Sent) -> Sent:
        return Sent(self.accepted + other.accepted, self.duplicate + other.duplicate)


def cloud_event(source: str, name: str, kind: str, subject: str, at: str, data: str) -> str:
    """Write one event; ``data`` is JSON, so that its numbers stay as they are written."""
    return (
        f'{{"specversion":"1.0","source":"{source}","id":"{name}","type":"{kind}",'
        f'"subject":"{subject}","time":"{at}","data":{data}}}'
    )


async def send(api: Api, events: Sequence[str], bar: Bar | None = None) -> Sent:
    """Send events, a thousand a call. Raises ``NothingHappened`` if one is refused."""
    sent = Sent()
    for some in _calls(events):
        body = f"[{','.join(some)}]".encode()
        answer = await api.post_content("/v1/events", body, BATCH)
        if answer["rejected"]:
            raise NothingHappened(
                f"{answer['rejected']} events were refused",
                hint="Look at GET /v1/usage_rejects.",
            )
        sent += Sent(answer["accepted"], answer["duplicates"])
        if bar is not None:
            bar.add(len(some))
    return sent


def _calls(events: Sequence[str]) -> Iterable[Sequence[str]]:
    return (events[start : start + EVENTS_A_CALL] for start in range(0, len(events), EVENTS_A_CALL))
