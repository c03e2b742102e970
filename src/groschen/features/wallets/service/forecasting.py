"""How a wallet was used day by day, and how long its credit lasts if that goes on."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from groschen.core.money import ZERO, add, add_all, round12
from groschen.features.wallets.model import Forecast, UsedOnDay
from groschen.features.wallets.queries import wallets as queries
from groschen.features.wallets.service.standing import local_day

if TYPE_CHECKING:
    from groschen.features.wallets.model import Wallet
    from groschen.kit.db import Scope

LOOKED_BACK_DAYS: Final = 7
_ONE_DAY: Final = timedelta(days=1)


async def used_by_day(scope: Scope, wallet: Wallet, days: int) -> list[UsedOnDay]:
    """What use took on each of the last ``days`` (1 or more) up to today, oldest first.

    Days are the wallet's; one without use is there with nothing.
    """
    today = local_day(wallet, scope.now)
    first = today - (days - 1) * _ONE_DAY
    found = {one.day: one for one in await queries.used_by_day(scope, wallet.id, first, today)}
    span = [first + number * _ONE_DAY for number in range(days)]
    return [found.get(day, UsedOnDay(day, ZERO, ZERO)) for day in span]


async def forecast(scope: Scope, wallet: Wallet) -> Forecast:
    """How long the credit lasts: the mean of the last seven whole days counts.

    Of a younger wallet those days count that it had; on its first day, that day.
    """
    today = local_day(wallet, scope.now)
    born = wallet.created_at.astimezone(ZoneInfo(wallet.time_zone)).date()
    days = min((today - born).days, LOOKED_BACK_DAYS)
    last = today - _ONE_DAY if days else today
    days = max(days, 1)
    first = last - (days - 1) * _ONE_DAY
    used = await queries.used_by_day(scope, wallet.id, first, last)
    total = Fraction(add_all(add(one.credit, one.emergency) for one in used))
    left = int(Fraction(wallet.credit) * days / total) if total > 0 else None
    return Forecast(wallet, days, round12(total / days), left)
