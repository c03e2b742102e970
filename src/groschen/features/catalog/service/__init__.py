"""What the catalog does: publishing, offers for orders, tax rates."""

from groschen.features.catalog.service.publishing import (
    create_plan,
    create_product,
    find_plan,
    find_product,
    plan_version,
    plan_versions,
    plans,
    products,
    publish_version,
    refuse_change,
)
from groschen.features.catalog.service.selling import (
    offers,
    offers_by_version,
    products_under,
)
from groschen.features.catalog.service.tax import add_tax_rate, seed_tax_rates, tax_rate, tax_rates

__all__ = [
    "add_tax_rate",
    "create_plan",
    "create_product",
    "find_plan",
    "find_product",
    "offers",
    "offers_by_version",
    "plan_version",
    "plan_versions",
    "plans",
    "products",
    "products_under",
    "publish_version",
    "refuse_change",
    "seed_tax_rates",
    "tax_rate",
    "tax_rates",
]
