"""Pages about JSON Schemas: every key with its type, default, example and description."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
SCALARS = ("string", "number", "integer", "boolean", "null")


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("${", "\\${").replace("<", "&lt;")


def code(value: Any) -> str:
    """A value as JSON, in code type."""
    text = json.dumps(value, ensure_ascii=False)
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def name_of(schema: Schema) -> str:
    return schema["$ref"].rpartition("/")[2]


def bounds(schema: Schema) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f" from {least} to {most}"
    return f" from {least}" if least is not None else f" up to {most}" if most is not None else ""


def type_of(schema: Schema | bool) -> str:
    """In words; what has a section of its own is a link to it."""
    if not isinstance(schema, dict) or not schema:
        return "anything"
    if "$ref" in schema:
        name = name_of(schema)
        return f"[{name}](#{name.lower().replace(' ', '-')})" if "properties" not in schema["$ref"] else name
    if "const" in schema:
        return code(schema["const"])
    if "enum" in schema:
        return ", ".join(map(code, schema["enum"]))
    if "anyOf" in schema or "oneOf" in schema:
        kinds = [type_of(one) for one in schema.get("anyOf", schema.get("oneOf"))]
        return " or ".join(dict.fromkeys(kinds))
    kind = schema.get("type", "object" if "properties" in schema else "anything")
    if isinstance(kind, list):
        return " or ".join(kind)
    if kind == "array":
        return f"list of {type_of(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {type_of(schema['additionalProperties'])}"
    return {"integer": "whole number"}.get(kind, kind) + bounds(schema)


def inside(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """The objects written out in place, with how they are reached: below each item [], each name *."""
    if "properties" in schema:
        yield "", schema
    for one in [*schema.get("anyOf", []), *schema.get("oneOf", [])]:
        yield from inside(one)
    if isinstance(items := schema.get("items"), dict):
        yield from ((f"[]{path}", found) for path, found in inside(items))
    if isinstance(more := schema.get("additionalProperties"), dict):
        yield from ((f".*{path}", found) for path, found in inside(more))


def told(schema: Schema) -> str:
    """The description, the default and examples."""
    parts = [schema.get("description", "")]
    if "default" in schema:
        parts.append(f"Default: {code(schema['default'])}.")
    if examples := schema.get("examples"):
        parts.append(f"For example {', '.join(code(one) for one in examples[:3])}.")
    return cell(" ".join(filter(None, parts)))


def rows(schema: Schema, before: str = "") -> Iterator[str]:
    for path, found in inside(schema):
        place = f"{before}{path}"
        for key, about in found.get("properties", {}).items():
            name = f"{place}.{key}".lstrip(".")
            needed = " (required)" if key in found.get("required", []) else ""
            yield f"| `{name}`{needed} | {cell(type_of(about))} | {told(about)} |"
            yield from rows(about, name)


def table(schema: Schema) -> list[str]:
    found = list(rows(schema))
    return ["| key | type | |", "|---|---|---|", *found, ""] if found else []


def section(name: str, schema: Schema) -> list[str]:
    head = [f"## {name}", "", told(schema), ""]
    if "properties" not in schema:
        head += [f"*{type_of(schema)}*", ""]
    return head + table(schema)


def page(title: str, first: str, schema: Schema) -> str:
    lines = [f"# {title}", "", first, "", *table(schema)]
    for name, definition in schema.get("definitions", {}).items():
        lines += section(name, definition)
    return "\n".join(lines)
