"""TypeScript types out of `survey_server.wire`, through msgspec's JSON Schema; `takan wire-types` prints them."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import msgspec

from survey_server import wire
from survey_server.wire import basics, life

_ALIASES = (
    "Role", "Kind", "SurveyState", "Mode", "OpinionValue", "CheckValue", "ConclusionResult", "Datum", "FindingResult",
    "ReferralCause", "AppealResult", "LimitOf", "ErrandState",
)  # fmt: skip
_BASES = (basics.Wire, basics.Message, life.Order)
_HEAD = "// Generated from survey_server/wire by `takan wire-types`. Do not edit.\n"
_NOT_OF_PAGES = frozenset({"platform"})


def wire_types() -> str:
    """The whole of `wire.gen.ts`."""
    said = _said()
    structs = [
        value
        for value in said.values()
        if isinstance(value, type) and issubclass(value, msgspec.Struct) and value not in _BASES
    ]
    _refs, components = msgspec.json.schema_components(structs, ref_template="{name}")
    lines = [_HEAD]
    lines.extend(_declaration(name, components[name]) for name in sorted(components))
    for union in ("FromPerson", "ToPerson", "LifeOrder"):
        members = [member.__name__ for member in said[union].__args__]
        lines.append(f"export type {union} = {' | '.join(members)}\n")
    for alias in _ALIASES:
        values = " | ".join(f'"{value}"' for value in said[alias].__args__)
        lines.append(f"export type {alias} = {values}\n")
    return "\n".join(lines)


def _said() -> dict[str, Any]:
    """Everything that the package's modules name, but for what no page says or hears."""
    names = [module.name for module in iter_modules(wire.__path__) if module.name not in _NOT_OF_PAGES]
    modules = [import_module(f"{wire.__name__}.{name}") for name in names]
    return {name: value for module in modules for name, value in vars(module).items()}


def _declaration(name: str, schema: dict[str, Any]) -> str:
    description = str(schema.get("description", "")).split("\n")[0]
    required = set(schema.get("required", ()))
    lines = [f"/** {description} */"] if description else []
    lines.append(f"export type {name} = {{")
    for field, kind in schema["properties"].items():
        mark = "" if field in required else "?"
        lines.append(f"  {field}{mark}: {_type(kind)}")
    lines.append("}\n")
    return "\n".join(lines)


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(f'"{value}"' for value in schema["enum"])
    match schema.get("type"):
        case "array":
            inner = _type(schema["items"])
            return f"({inner})[]" if "|" in inner else f"{inner}[]"
        case "object":
            return "Record<string, unknown>"
        case "integer" | "number":
            return "number"
        case "string":
            return "string"
        case "boolean":
            return "boolean"
        case "null":
            return "null"
        case _:
            return "unknown"
