"""A running installation, server and worker as processes of their own, for stories over the API."""

from __future__ import annotations

import asyncio
import io
import socket
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from groschen.demo.electricity.telling import tell_electricity
from groschen.demo.eticket import Told, tell_eticket
from groschen.demo.installation import Doorway, Installation, installed
from groschen.demo.iot.telling import tell_iot
from groschen.demo.progress import Phases
from groschen.demo.receiver import card_maker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from groschen.demo.electricity.numbers import ElectricityNumbers
    from groschen.demo.electricity.telling import Told as ElectricityTold
    from groschen.demo.iot.numbers import IotNumbers
    from groschen.demo.iot.telling import Told as IotTold
    from groschen.demo.numbers import EticketNumbers
    from groschen.kit.config import Settings


def quiet() -> Console:
    return Console(file=io.StringIO())


@pytest.fixture(scope="module")
def installation(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """Return server and worker over the module's database, on a free port."""
    folder: Path = tmp_path_factory.mktemp("installation")
    own = settings.model_copy(update={"data_dir": folder})
    with closing(socket.socket()) as listener, Phases(quiet()) as phases:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        with installed(own, Doorway(listener, "GROSCHEN_LISTEN_FD"), phases) as running:
            yield running


@pytest.fixture(scope="module")
def tell(installation: Installation) -> Callable[[EticketNumbers], Told]:
    """Return a teller of whole stories."""

    def told(numbers: EticketNumbers) -> Told:
        with card_maker() as cards, Phases(quiet()) as phases:
            return asyncio.run(tell_eticket(installation, numbers, phases, cards))

    return told


@pytest.fixture(scope="module")
def tell_power(installation: Installation) -> Callable[[ElectricityNumbers], ElectricityTold]:
    """Return a teller of whole stories of prepaid electricity."""

    def told(numbers: ElectricityNumbers) -> ElectricityTold:
        with Phases(quiet()) as phases:
            return asyncio.run(tell_electricity(installation, numbers, phases))

    return told


@pytest.fixture(scope="module")
def tell_data(installation: Installation) -> Callable[[IotNumbers], IotTold]:
    """Return a teller of whole stories of the data platform."""

    def told(numbers: IotNumbers) -> IotTold:
        with Phases(quiet()) as phases:
            return asyncio.run(tell_iot(installation, numbers, phases))

    return told
