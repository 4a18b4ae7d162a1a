"""Writes docs/reference.md: every key of a playbook, as the JSON Schema says, each with an example.

The examples are taken from playbooks that are really read: those of `examples`, and `book/every-key.yaml`, which has what the
others do not use. A key without an example is an error. `--check` writes nothing, and says whether the page is current.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import ikusei

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/reference.md"
SCHEMA = json.loads((ROOT / "schema/playbook.schema.json").read_text(encoding="utf-8"))
DEFS: dict[str, Any] = SCHEMA["$defs"]
EXAMPLES = ("capture", "crm", "dashboard", "nurturing", "pipeline", "quickstart", "routing", "tutorial")
PLAYBOOKS = [
    *(ROOT / f"book/{name}.yaml" for name in ("short", "every-key")),
    *(ROOT / f"examples/{name}/playbook.yaml" for name in EXAMPLES),
]

Schema = dict[str, Any]
Examples = dict[tuple[str, str], Any]


def main() -> int:
    examples: Examples = {}
    for file in PLAYBOOKS:
        gather(ikusei.Playbook.load(file).to_dict(), {"$ref": "#/$defs/Whole"}, examples)
    # A playbook that was read has what it extends and its overlays merged in.
    laid = {"ikusei": 1, "name": "laid", "extends": "ikusei/bant", "overlays": {"tokyo": {"timezone": "Asia/Tokyo"}}}
    ikusei.Playbook.parse(laid, overlays=["tokyo"])
    gather(laid, {"$ref": "#/$defs/Whole"}, examples)
    types = reachable()
    missing = [f"{name}.{key}" for name in types for key in keys(name) if (name, key) not in examples]
    if missing:
        print(f"no example of {', '.join(missing)}: write one into book/every-key.yaml")
        return 1
    titles = [title(name) for name in types]
    assert len(titles) == len(set(titles)), "two types of one title: links would lead to the first"
    page = HEAD + "\n".join(section(name, examples) for name in types) + values()
    if "--check" in sys.argv:
        current = PAGE.read_text(encoding="utf-8") == page
        print("current" if current else "docs/reference.md is old: python book/reference.py")
        return 0 if current else 1
    PAGE.write_text(page, encoding="utf-8")
    return 0


HEAD = """# Reference of the playbook

Every key of a playbook, made from its [JSON Schema](../schema/playbook.schema.json), which editors use as well. Each example is a part
of a playbook that the tests read. What it all means is told in [the playbook](playbook.md), [receiving](receiving.md),
[nurturing](nurturing.md) and [routing](routing.md); what an [overlay](overlays.md) may say besides, there.

Keys with * are required.

"""


def target(schema: Schema) -> str | None:
    return schema["$ref"].rsplit("/", 1)[-1] if "$ref" in schema else None


def choices(schema: Schema) -> list[Schema]:
    """What a schema may be, `null` left aside."""
    found = schema.get("anyOf") or schema.get("oneOf") or [schema]
    return [one for one in found if one.get("type") != "null"]


def fits(value: Any, schema: Schema) -> bool:
    name = target(schema)
    if name is not None:
        return fits(value, DEFS[name])
    if "anyOf" in schema or "oneOf" in schema:
        return any(fits(value, one) for one in choices(schema))
    if "const" in schema:
        return bool(value == schema["const"])
    if "enum" in schema:
        return value in schema["enum"]
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if isinstance(value, dict):
        if kinds and "object" not in kinds:
            return False
        parts = schema.get("properties", {})
        rest = schema.get("additionalProperties", True)
        named = all(fits(inner, parts[key]) for key, inner in value.items() if key in parts)
        other = [inner for key, inner in value.items() if key not in parts]
        others = rest is not False and (rest is True or all(fits(inner, rest) for inner in other)) or not other
        return named and others and set(schema.get("required", [])) <= value.keys()
    if isinstance(value, list):
        return not kinds or "array" in kinds and all(fits(inner, schema.get("items", {})) for inner in value)
    words = {bool: "boolean", str: "string", int: "integer", float: "number"}
    word = words.get(type(value), "null")
    return not kinds or word in kinds or word == "integer" and "number" in kinds


def gather(value: Any, schema: Schema, examples: Examples, owner: str | None = None) -> None:
    """Keeps the shortest example of every key."""
    name = target(schema)
    if name is not None:
        gather(value, DEFS[name], examples, name)
        return
    if "anyOf" in schema or "oneOf" in schema:
        for one in choices(schema):
            if fits(value, one):
                note(value, one, examples, owner)
                gather(value, one, examples, owner if "properties" in one else None)
                return
        return
    if isinstance(value, list):
        for inner in value:
            gather(inner, schema.get("items", {}), examples)
    elif isinstance(value, dict):
        note(value, schema, examples, owner)
        rest = schema.get("additionalProperties")
        for key, inner in value.items():
            if key in schema.get("properties", {}):
                gather(inner, schema["properties"][key], examples)
            elif isinstance(rest, dict):
                gather(inner, rest, examples)


def note(value: Any, schema: Schema, examples: Examples, owner: str | None) -> None:
    for key in schema.get("properties", {}) if owner and isinstance(value, dict) else ():
        if key in value:
            known = examples.get((owner, key))
            if known is None or len(flow(value[key])) < len(flow(known)):
                examples[owner, key] = value[key]


def flow(value: Any, nested: bool = False) -> str:
    """A value as YAML on one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{flow(key, True)}: {flow(inner, True)}" for key, inner in value.items()) + " }" if value else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(inner, True) for inner in value) + "]"
    if isinstance(value, str):
        if re.fullmatch(r"[\w/][\w/.-]*|[\w/][\w/. -]*[\w.]", value) and not re.fullmatch(r"[\d.]+|null|true|false", value):
            return value
        return json.dumps(value, ensure_ascii=False) if "\n" in value or "'" in value else f"'{value}'"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value)


def keys(name: str) -> dict[str, Schema]:
    """The keys of a type; those of a tagged choice are its tags."""
    found: dict[str, Schema] = dict(DEFS[name].get("properties", {}))
    for one in DEFS[name].get("oneOf", []) + DEFS[name].get("anyOf", []):
        for key, part in one.get("properties", {}).items():
            found[key] = {**part, "description": one.get("description", part.get("description", ""))}
    return found


def reachable() -> list[str]:
    """The types with keys, each after what it is named in."""
    order: list[str] = []

    def visit(schema: Any) -> None:
        if isinstance(schema, list):
            for inner in schema:
                visit(inner)
        elif isinstance(schema, dict):
            name = target(schema)
            if name is not None and name not in seen and name != "Overlay":
                seen.add(name)
                if keys(name):
                    order.append(name)
                visit(DEFS[name])
            for inner in schema.values():
                visit(inner)

    seen: set[str] = set()
    visit({"$ref": "#/$defs/Whole"})
    return order


TITLES = {
    "Whole": "Playbook",
    "ActivityMapping": "Captured activity",
    "ConsentMapping": "Captured consent",
    "ContactPolicy": "Contact policy",
    "IdentityPolicy": "Identity resolution",
}


def title(name: str) -> str:
    if name in TITLES:
        return TITLES[name]
    for ending in ("Policy", "Rules", "Mapping"):
        name = name.removesuffix(ending) or name
    return "".join(f" {sign.lower()}" if sign.isupper() and place else sign for place, sign in enumerate(name))


def anchor(name: str) -> str:
    return title(name).lower().replace(" ", "-")


def kind(schema: Schema) -> str:
    """What a key holds, in words."""
    name = target(schema)
    if name is not None:
        if name == "Overlay":
            return "[part of a playbook](overlays.md)"
        if name in VALUES:
            return f"[{title(name).lower()}](#values)"
        if keys(name):
            return f"[{title(name).lower()}](#{anchor(name)})"
        inner = DEFS[name]
        words = constants(inner)
        if words:
            return "one of " + ", ".join(f"`{word}`" for word in words)
        if "anyOf" in inner or "oneOf" in inner:
            return " or ".join(dict.fromkeys(kind(one) for one in choices(inner)))
        return kind(inner)
    if "anyOf" in schema or "oneOf" in schema:
        return " or ".join(dict.fromkeys(kind(one) for one in choices(schema)))
    if "const" in schema:
        return f"`{schema['const']}`"
    kinds = schema.get("type", "any value")
    kinds = [one for one in ([kinds] if isinstance(kinds, str) else kinds) if one != "null"]
    if kinds == ["array"]:
        inner = kind(schema.get("items", {}))
        return f"list of {inner}"
    if kinds == ["object"] and isinstance(schema.get("additionalProperties"), dict):
        return f"{kind(schema['additionalProperties'])}, by name"
    plain = {"string": "text", "integer": "whole number", "boolean": "`true` or `false`", "number": "number", "object": "mapping"}
    return " or ".join(plain.get(one, one) for one in kinds)


def constants(schema: Schema) -> list[str]:
    if "enum" in schema:
        return [str(word) for word in schema["enum"]]
    parts = schema.get("oneOf", [])
    if parts and all("const" in one or "enum" in one for one in parts):
        return [str(word) for one in parts for word in ([one["const"]] if "const" in one else one["enum"])]
    return []


VALUES = ("Duration", "TimeOfDay", "Points", "Money", "Day", "Value")


def section(name: str, examples: Examples) -> str:
    schema = DEFS[name]
    lines = [f"## {title(name)}", ""]
    said = schema.get("description", "").split("```")[0].strip()
    if said:
        lines += [said, ""]
    if "properties" not in schema:
        short = dict.fromkeys(kind(one) for one in choices(schema) if "properties" not in one)
        if short:
            lines += [f"One of these keys, or a word: {', '.join(short)}.", ""]
    required = set(schema.get("required", []))
    for key, part in keys(name).items():
        star = "\\*" if key in required else ""
        lines += [
            f"- **`{key}`**{star} ({kind(part)}). {sentence(part)}  ",
            f"  `{key}: {flow(examples[name, key])}`",
        ]
    return "\n".join(lines) + "\n"


def sentence(part: Schema) -> str:
    said = part.get("description", "")
    name = target(part)
    if not said and name is not None:
        said = DEFS[name].get("description", "")
    said = " ".join(said.split("```")[0].split())
    said = said[:1].upper() + said[1:]
    return said if said.endswith(".") or not said else f"{said}."


def values() -> str:
    lines = ["", "## Values", ""]
    for name in VALUES:
        if name in DEFS and DEFS[name].get("description"):
            lines.append(f"- **{title(name)}**: {sentence(DEFS[name])}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
