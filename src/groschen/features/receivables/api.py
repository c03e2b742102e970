"""The endpoints of open items: what customers owe, and what was set against it."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Query

from groschen.features.receivables import service
from groschen.features.receivables.model import OpenItemFilter, OpenItemNotFound
from groschen.features.receivables.schemas import (
    AccountId,
    OpenItemDetailOut,
    OpenItemId,
    OpenItemOut,
)
from groschen.kit.http import PageOut, Pages, Reader, Router, page_of, problems

open_items: Final = Router("open_items", prefix="/v1/open_items")


@open_items.get("", permission="receivables:read", verb="list")
async def list_open_items(
    scope: Reader,
    page: Pages,
    account_id: Annotated[AccountId | None, Query(description="Only of this account.")] = None,
    unpaid: Annotated[  # noqa: FBT002 - a query parameter is named by its caller
        bool, Query(description="Only what is not wholly paid.")
    ] = False,
) -> PageOut[OpenItemOut]:
    """List what customers owe, newest first."""
    found = await service.page(scope, OpenItemFilter(account_id, unpaid), page)
    return page_of(page, found, identity=lambda item: item.id, show=OpenItemOut.of)


@open_items.get(
    "/{open_item_id}",
    permission="receivables:read",
    verb="read",
    responses=problems(OpenItemNotFound),
)
async def read_open_item(open_item_id: OpenItemId, scope: Reader) -> OpenItemDetailOut:
    """Read an open item with all that was set against it."""
    item = await service.find(scope, open_item_id)
    return OpenItemDetailOut.detailed(item, await service.allocated(scope, item))
