"""The running app for the tests of this folder."""

from support.app_fixtures import api, app, other, root, root_id

__all__ = ["api", "app", "other", "root", "root_id"]
