"""The template environments, one per language: autoescape on, undefined names refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from groschen.web.assets import Assets
from groschen.web.ui import charts, states
from groschen.web.ui.formats import formats
from groschen.web.ui.texts import Language, translations

WEB = Path(__file__).parents[1]
PARTS = ("ui", "console", "partner")
SPRITE = "vendor/icons.svg"


def environment(language: Language, assets: Assets) -> Environment:
    """An environment whose texts and formats speak ``language``.

    Templates are named ``ui/...``, ``console/...`` and ``partner/...``.
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
    install = getattr(made, "install_gettext_callables")  # added by the i18n extension
    install(texts.ugettext, texts.ungettext, newstyle=True, pgettext=texts.upgettext)
    _install_formats(made, language)
    made.globals |= {
        "asset": assets.url,
        "icon": _icon_function(assets),
        "language": language,
        "state_label": states.state_label,
        "states_of": states.states_of,
        "step_label": states.step_label,
        "role_label": states.role_label,
    }
    return made


def _install_formats(made: Environment, language: Language) -> None:
    spelled = formats(language)
    made.filters |= {
        "money": spelled.money,
        "exact": spelled.exact,
        "number": spelled.number,
        "percent": spelled.percent,
        "date": spelled.date,
        "long_date": spelled.long_date,
        "instant": spelled.instant,
        "time": spelled.time,
        "flow_chart": lambda flow: charts.flow_chart(flow, spelled),
        "bar_chart": lambda bars: charts.bar_chart(bars, spelled),
    }


def _icon_function(assets: Assets) -> Callable[[str], Markup]:
    """``icon("search")`` draws a decorative icon of the vendored sprite."""
    sprite = assets.url(SPRITE)

    def icon(name: str) -> Markup:
        drawing = '<svg class="gr-icon" aria-hidden="true"><use href="{}#{}"/></svg>'
        return Markup(drawing).format(sprite, name)

    return icon
