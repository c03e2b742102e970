"""What an endpoint asks for: the open scope of its request, or the runtime around it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from groschen.kit.auth import Authenticator
from groschen.kit.db import Scope
from groschen.kit.http.routes import RawCall
from groschen.kit.runtime import Runtime


async def _scope(request: Request) -> Scope:
    scope: Scope = request.state.scope
    return scope


async def _call(request: Request) -> RawCall:
    call: RawCall = request.state.call
    return call


async def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


async def _authenticator(request: Request) -> Authenticator:
    authenticator: Authenticator = request.app.state.authenticator
    return authenticator


Reader = Annotated[Scope, Depends(_scope)]
"""The reading scope of a GET."""

Writer = Annotated[Scope, Depends(_scope)]
"""The writing scope of a command: commits when the endpoint returns, or nothing happened."""

Call = Annotated[RawCall, Depends(_call)]
"""The body of a raw command, and the way to its transaction."""

Surroundings = Annotated[Runtime, Depends(_runtime)]
"""Database, settings and ports, for the few endpoints that open their own scopes."""

Proofs = Annotated[Authenticator, Depends(_authenticator)]
"""Who proves who somebody is, for sign-in and for acting in another tenant."""
