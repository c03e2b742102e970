"""What can be done with tenants, their keys and their people."""

from groschen.features.tenants.service.clock import advance_clock
from groschen.features.tenants.service.founding import current_tenant, found_child, found_twin
from groschen.features.tenants.service.installation import (
    FirstStart,
    administrator_link,
    ensure_installation,
    first_link,
    root_tenant_id,
)
from groschen.features.tenants.service.keys import create_key, get_key, list_keys, revoke_key
from groschen.features.tenants.service.people import (
    actor_names,
    add_user,
    change_role,
    disable_user,
    emails,
    erase_user,
    get_user,
    link_path,
    list_users,
    make_link,
)
from groschen.features.tenants.service.sessions import (
    LinkHolder,
    SignedIn,
    change_password,
    end_session,
    look_at_link,
    sign_in,
    sign_in_by_link,
    switch_tenant,
)
from groschen.features.tenants.service.settings import (
    change_settings,
    find_child,
    list_children,
    settings_etag,
)

__all__ = [
    "FirstStart",
    "LinkHolder",
    "SignedIn",
    "actor_names",
    "add_user",
    "administrator_link",
    "advance_clock",
    "change_password",
    "change_role",
    "change_settings",
    "create_key",
    "current_tenant",
    "disable_user",
    "emails",
    "end_session",
    "ensure_installation",
    "erase_user",
    "find_child",
    "first_link",
    "found_child",
    "found_twin",
    "get_key",
    "get_user",
    "link_path",
    "list_children",
    "list_keys",
    "list_users",
    "look_at_link",
    "make_link",
    "revoke_key",
    "root_tenant_id",
    "settings_etag",
    "sign_in",
    "sign_in_by_link",
    "switch_tenant",
]
