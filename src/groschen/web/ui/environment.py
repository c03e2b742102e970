"""The template environments, one per language: autoescape on, undefined names refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from groschen.kit.ids import new_id
from groschen.web.assets import Assets
from groschen.web.ui import charts, states
from groschen.web.ui.formats import formats
from groschen.web.ui.texts import Language, translations

WEB = Path(__file__).parents[1]
PARTS = ("ui", "console", "partner", "customer")
SPRITE = "vendor/icons.svg"


def environment(language: Language, assets: Assets) -> Environment:
    """An environment whose texts and formats speak ``language``.

    Templates are named ``ui/...``, ``console/...``, ``partner/...`` and ``customer/...``.
    """
    loaders = {part: FileSystemLoader(WEB / part / "templates") for part in PARTS}
    made = Environment(
        loader=PrefixLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    texts = translations(language)
    untyped = cast("Any", made)  # what the extension adds, and mappings of mixed values
    untyped.install_gettext_callables(
        texts.ugettext, texts.ungettext, newstyle=True, pgettext=texts.upgettext
    )
    untyped.globals.update(
        asset=assets.url,
        icon=_icon_function(assets),
        language=language,
        state_label=states.state_label,
        step_label=states.step_label,
        role_label=states.role_label,
        spelled=formats(language).spelled,
        form_key=_form_key,
    )
    untyped.filters.update(_filters(language))
    return made


def _filters(language: Language) -> dict[str, Callable[..., object]]:
    spelled = formats(language)
    return {
        "money": spelled.money,
        "unit_price": spelled.unit_price,
        "exact": spelled.exact,
        "number": spelled.number,
        "percent": spelled.percent,
        "date": spelled.date,
        "long_date": spelled.long_date,
        "instant": spelled.instant,
        "time": spelled.time,
        "flow_chart": partial(
            charts.flow_chart, formats=spelled, translate=translations(language).ugettext
        ),
        "step": spelled.step,
        "use_chart": partial(charts.use_chart, formats=spelled),
        "bar_chart": partial(
            charts.bar_chart, formats=spelled, translate=translations(language).ugettext
        ),
    }


def _form_key() -> str:
    """A fresh key for one form: what is sent twice under it has its effect once."""
    return new_id().hex


def _icon_function(assets: Assets) -> Callable[[str], Markup]:
    """``icon("search")`` draws a decorative icon of the vendored sprite."""
    sprite = assets.url(SPRITE)

    def icon(name: str) -> Markup:
        return Markup('<svg class="gr-icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(
            sprite, name
        )

    return icon
