"""The endpoints of tenants, keys, people, sessions and test clocks."""

from groschen.features.tenants.api.clock import router as clock_router
from groschen.features.tenants.api.keys import router as keys_router
from groschen.features.tenants.api.people import router as people_router
from groschen.features.tenants.api.sessions import router as sessions_router
from groschen.features.tenants.api.tenants import router as tenants_router

__all__ = ["clock_router", "keys_router", "people_router", "sessions_router", "tenants_router"]
