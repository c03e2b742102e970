"""Events that were refused: kept with their body and reason until somebody settles them."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from groschen.features.usage.model import ResultStatus
from groschen.features.usage.queries import rejects as queries
from groschen.kit.ids import new_id
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschen.features.usage.model import Draft, Fault, Result
    from groschen.kit.db import Scope


async def keep(scope: Scope, drafts: Sequence[Draft], results: Sequence[Result]) -> None:
    """Keep the events of a call that were refused; the same body waits only once."""
    rows = [
        _row(draft, result.fault)
        for draft, result in zip(drafts, results, strict=True)
        if result.status is ResultStatus.REJECTED and result.fault is not None
    ]
    if rows:
        await queries.insert_rejects(scope, json_rows(rows))


def _row(draft: Draft, fault: Fault) -> dict[str, object]:
    source, event_id = draft.key
    body = draft.sent.body
    return {
        "id": new_id(),
        "source": source,
        "event_id": event_id,
        "subject": draft.subject,
        "type": draft.type,
        "code": fault.code,
        "field": fault.field,
        "detail": fault.detail,
        "hint": fault.hint,
        "body": body,
        "body_hash": sha256(body.encode()).hexdigest(),
    }
