"""Objects named in a path: by our id (``pln_01k...``) or by the client's (``ext:summer``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import PydanticCustomError, core_schema

from groschen.core.errors import GroschenError
from groschen.kit.ids import LETTERS, decode_id

if TYPE_CHECKING:
    from uuid import UUID

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

EXTERNAL: Final = "ext:"
EXTERNAL_FORM: Final = r"[A-Za-z0-9][A-Za-z0-9._~@+-]{0,127}"


class Reference:
    """An object by our id or by the client's: one of the two is set.

    No dataclass, because FastAPI takes those for bodies, not for parts of a path.
    """

    __slots__ = ("external_id", "id")

    def __init__(self, id: UUID | None, external_id: str | None) -> None:  # noqa: A002
        self.id = id
        self.external_id = external_id


@dataclass(frozen=True, slots=True)
class ReferenceTo:
    """Pydantic annotation: ``PlanRef = Annotated[Reference, ReferenceTo("pln")]``."""

    prefix: str

    def _read(self, value: object) -> Reference:
        if isinstance(value, Reference):
            return value
        text = str(value)
        if text.startswith(EXTERNAL) and re.fullmatch(EXTERNAL_FORM, text[len(EXTERNAL) :]):
            return Reference(None, text[len(EXTERNAL) :])
        try:
            return Reference(decode_id(self.prefix, text), None)
        except GroschenError as refusal:
            raise PydanticCustomError(
                "invalid_id",
                "{reason}; or write ext: and your own id",
                {"reason": refusal.detail},
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
            "pattern": f"^({self.prefix}_[0-7][{LETTERS}]{{25}}|{EXTERNAL}{EXTERNAL_FORM})$",
            "examples": [f"{EXTERNAL}summer"],
        }
