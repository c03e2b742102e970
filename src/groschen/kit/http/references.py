"""References in paths and bodies: an id such as ``pty_01k...``, or ``ext:`` and an external id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from uuid import UUID

from pydantic_core import PydanticCustomError, core_schema

from groschen.kit.ids import InvalidId, decode_id

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

EXTERNAL_FORM: Final = re.compile(r"ext:([A-Za-z0-9][A-Za-z0-9._~@+-]{0,127})")


class External(str):
    """An object named by its external id, which this text is."""

    __slots__ = ()


Reference: TypeAlias = UUID | External


@dataclass(frozen=True, slots=True)
class ReferenceTo:
    """Pydantic annotation: ``PartyRef = Annotated[Reference, ReferenceTo("pty")]``."""

    prefix: str

    def _read(self, value: object) -> Reference:
        if isinstance(value, UUID | External):
            return value
        text = value if isinstance(value, str) else repr(value)
        external = EXTERNAL_FORM.fullmatch(text)
        if external is not None:
            return External(external[1])
        try:
            return decode_id(self.prefix, text)
        except InvalidId as refusal:
            raise PydanticCustomError(
                "invalid_reference",
                "{reason}",
                {"reason": f"{refusal.detail}, nor 'ext:' and an external id"},
            ) from refusal

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {
            "type": "string",
            "pattern": f"^({self.prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}"
            "|ext:[A-Za-z0-9][A-Za-z0-9._~@+-]{0,127})$",
            "examples": ["ext:nordbahn"],
        }


def id_or_external(reference: Reference) -> tuple[UUID | None, str | None]:
    """The two columns to look a reference up by; one of them is None."""
    if isinstance(reference, UUID):
        return reference, None
    return None, str(reference)
