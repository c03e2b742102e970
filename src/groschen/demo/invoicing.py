"""Billing: runs, documents and their proofs, collecting what they ask for."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from groschen.core.invoicing import faults
from groschen.demo.figures import amount
from groschen.demo.waiting import wait_until
from groschen.demo.world import PROVIDER
from groschen.kit import clock
from groschen.kit.processes import this_program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from groschen.demo.api import Api, Json

INSTANT_TRANSFER: Final = "bank_instant"
CREDIT_NOTE: Final = "381"
DUE_SECONDS: Final = 300
LOOK_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Document:
    """An invoice or credit note as read, and its export for an offline check."""

    invoice: Json
    lines: tuple[Json, ...]
    export: Json

    @property
    def sign(self) -> int:
        """What turns its figures into what the customer owes."""
        return -1 if self.invoice["type"] == CREDIT_NOTE else 1

    @property
    def net(self) -> Fraction:
        """What it adds to the customer's debt, net."""
        return self.sign * amount(self.invoice["net"])

    @property
    def gross(self) -> Fraction:
        """What it adds to the customer's debt."""
        return self.sign * amount(self.invoice["gross"])

    @property
    def is_proven(self) -> bool:
        """Whether every figure of it follows from its own proofs."""
        return not faults(self.export)

    def amount_of(self, label: str) -> Fraction:
        """What its lines of this label add to the customer's debt."""
        found = (amount(line["amount"]) for line in self.lines if line["label"] == label)
        return self.sign * sum(found, start=Fraction(0))


async def await_due(api: Api, customer: str, wanted: Mapping[str, Fraction]) -> None:
    """Wait until a customer would be billed ``wanted``, by label; a check tells if it never is."""
    deadline = clock.Deadline(DUE_SECONDS)
    while not deadline.passed and await _due(api, customer) != wanted:
        await clock.sleep(LOOK_SECONDS)


async def _due(api: Api, customer: str) -> dict[str, Fraction]:
    """What a bill run would say now, by label."""
    found: defaultdict[str, Fraction] = defaultdict(Fraction)
    preview = await api.get("/v1/bill_runs/preview", account=f"ext:{customer}")
    for document in preview["documents"]:
        sign = -1 if document["type"] == CREDIT_NOTE else 1
        for line in document["lines"]:
            found[line["label"]] += sign * amount(line["amount"])
    return dict(found)


async def bill(api: Api) -> tuple[Document, ...]:
    """Bill all that is due and return the documents in the order of their numbers."""
    run = await api.post("/v1/bill_runs", {})

    async def look() -> Json:
        return await api.get(f"/v1/bill_runs/{run['id']}")

    await wait_until("the bill run is done", look, lambda one: one["state"] == "done")
    made = [one async for one in api.pages("/v1/invoices", bill_run_id=run["id"])]
    return tuple([await _document(api, one) for one in reversed(made)])


async def _document(api: Api, invoice: Json) -> Document:
    path = f"/v1/invoices/{invoice['id']}"
    detail = await api.get(path)
    return Document(invoice, tuple(detail["lines"]), await api.get(f"{path}/export"))


async def collect(api: Api) -> None:
    """Collect what is left of every invoice by instant transfer, and wait for the money."""
    asked: list[str] = []
    async for invoice in api.pages("/v1/invoices"):
        path = f"/v1/invoices/{invoice['id']}"
        detail = await api.get(path)
        if invoice["type"] != CREDIT_NOTE and amount(detail["open_amount"]) > 0:
            await api.post(f"{path}/pay", {"provider": PROVIDER, "method": INSTANT_TRANSFER})
            asked.append(path)
    for path in asked:
        await _paid(api, path)


async def _paid(api: Api, path: str) -> None:
    async def look() -> Json:
        return await api.get(path)

    await wait_until("the invoice is paid", look, lambda one: not amount(one["open_amount"]))


async def refund_order(api: Api, external_id: str, reason: str) -> Json:
    """Give the money for an order back; return the order."""
    path = f"/v1/orders/ext:{external_id}"
    await api.post(f"{path}/refund", {"reason": reason})

    async def look() -> Json:
        return await api.get(path)

    def done(order: Json) -> bool:
        return [refund["state"] for refund in order["refunds"]] == ["done"]

    return await wait_until("the refund is done", look, done)


def verify_offline(documents: Sequence[Document]) -> tuple[bool, bool]:
    """Let ``groschen verify invoice`` check the first document, and it with one figure changed.

    It gets nothing but the file. Answers whether it accepts each of them.
    """
    export = documents[0].export
    content = {**export["content"], "number": "LF-999999"}
    with tempfile.TemporaryDirectory(prefix="groschen-invoice-") as folder:
        running = [
            _verifying(Path(folder) / f"{name}.json", one)
            for name, one in (("right", export), ("wrong", {**export, "content": content}))
        ]
        right, wrong = (one.wait() == 0 for one in running)
        return right, wrong


def _verifying(path: Path, export: dict[str, Any]) -> subprocess.Popen[bytes]:
    path.write_text(json.dumps(export), encoding="utf-8")
    return subprocess.Popen(
        this_program("verify", "invoice", str(path)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
