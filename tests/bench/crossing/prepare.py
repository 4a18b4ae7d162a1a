"""Writes what every side of the comparison reads: the rules in each engine's own language, leads, and the answers.

    python3 prepare.py OUT

A null field makes every test false but `is_null`. The leads come from a fixed seed; the answers are those of the rules
written as plain Python closures.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

Rule = dict[str, Any]
RULES: list[Rule] = json.loads((Path(__file__).parent / "rules.json").read_text(encoding="utf-8"))
RANKS = (("A", 40), ("B", 20))
AT = "2026-07-01T00:00:00Z"
FIELDS = {
    "prefecture": "text", "industry": "text", "source": "text", "job_title": "text", "company_name": "text",
    "email": "email", "employees": "integer", "revenue_myen": "number", "visits_30d": "integer",
    "open_rate": "number", "has_phone": "boolean", "opted_out": "boolean", "last_contact": "date",
}  # fmt: skip


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


# ---------------------------------------------------------------------------------------------------------
# The rules in each language. The peers see `last_contact` as a day number: they have no dates.


def value_of(rule: Rule) -> Any:
    return day(rule["value"]) if rule["field"] == "last_contact" else rule["value"]


def ikusei(rule: Rule) -> str:
    field, op, value = rule["field"], rule["op"], rule["value"]
    name = f"lead.{field}" if field == "source" else field
    text = f'date("{value}")' if field == "last_contact" else literal(value)
    calls = {"contains": "contains", "starts_with": "startsWith", "ends_with": "endsWith", "regex": "matches"}
    if op in calls:
        return f"{name}.{calls[op]}({text})"
    if op == "range":
        return f"{name} >= {value[0]} && {name} < {value[1]}"
    return {
        "eq": f"{name} == {text}",
        "in": f"{name} in {text}",
        "not_in": f"{name} != null && !({name} in {text})",
        "is_null": f"{name} == null",
        "gte": f"{name} >= {text}",
        "lt": f"{name} < {text}",
        "is_true": name,
    }[op]


def playbook(rules: list[Rule]) -> dict[str, Any]:
    return {
        "ikusei": 1,
        "name": "crossing",
        "fields": {name: {"type": kind} for name, kind in FIELDS.items()},
        "scorecards": {
            "overall": {
                "rules": [{"id": rule["id"], "when": ikusei(rule), "points": rule["points"]} for rule in rules],
                "ranks": [*({"rank": rank, "at_least": least} for rank, least in RANKS), {"rank": "C"}],
            }
        },
    }


def zen(rule: Rule) -> str:
    def quoted(value: Any) -> str:
        if isinstance(value, list):
            return f"[{', '.join(map(quoted, value))}]"
        return f'"{value}"' if isinstance(value, str) else str(value)

    field, op, value = rule["field"], rule["op"], value_of(rule)
    calls = {"contains": "contains", "starts_with": "startsWith", "ends_with": "endsWith", "regex": "matches"}
    if op in calls:
        return f"({field} != null and {calls[op]}({field}, {quoted(value)}))"
    if op == "any":
        return f"({field} != null and ({' or '.join(f'contains({field}, {quoted(each)})' for each in value)}))"
    if op == "range":
        return f"({field} != null and {field} >= {value[0]} and {field} < {value[1]})"
    return {
        "eq": f"{field} == {quoted(value)}",
        "in": f"{field} in {quoted(value)}",
        "not_in": f"({field} != null and {field} not in {quoted(value)})",
        "is_null": f"{field} == null",
        "gte": f"({field} != null and {field} >= {value})",
        "lt": f"({field} != null and {field} < {value})",
        "is_true": f"{field} == true",
    }[op]


def zen_sum(rules: list[Rule]) -> str:
    def side(sign: int) -> str:
        return " + ".join(f"({zen(rule)} ? {rule['points']} : 0)" for rule in rules if rule["points"] * sign > 0)

    return f"{{pos: {side(1)}, neg: {side(-1)}}}"


def zen_decision(rules: list[Rule]) -> dict[str, Any]:
    def node(name: str, kind: str, content: Any = None) -> dict[str, Any]:
        extra = {} if content is None else {"content": content}
        return {"id": name, "name": name, "type": kind, "position": {"x": 0, "y": 0}, **extra}

    def edge(source: str, target: str) -> dict[str, str]:
        return {"id": source + target, "sourceId": source, "targetId": target, "type": "edge"}

    inner = zen_sum(rules)[1:-1]
    pos, neg = inner.split(", neg: ", 1)
    expressions = [{"id": "1", "key": "pos", "value": pos.removeprefix("pos: ")}, {"id": "2", "key": "neg", "value": neg}]
    return {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [
            node("in", "inputNode"),
            node("sums", "expressionNode", {"expressions": expressions}),
            node("out", "outputNode"),
        ],
        "edges": [edge("in", "sums"), edge("sums", "out")],
    }


def cel(rule: Rule) -> str:
    """A test in CEL, whose numbers are of one type: whole ones stay whole, the others are written as such."""
    field, op, value = rule["field"], rule["op"], value_of(rule)
    calls = {"contains": "contains", "starts_with": "startsWith", "ends_with": "endsWith"}

    def number(value: Any) -> str:
        return repr(float(value)) if FIELDS[field] == "number" else repr(value)

    if op in calls:
        return f"({field} != null && {field}.{calls[op]}({literal(value)}))"
    if op == "any":
        return f"({field} != null && ({' || '.join(f'{field}.contains({literal(each)})' for each in value)}))"
    if op == "range":
        return f"({field} != null && {field} >= {number(value[0])} && {field} < {number(value[1])})"
    if op in ("gte", "lt"):
        return f"({field} != null && {field} {'>=' if op == 'gte' else '<'} {number(value)})"
    return {
        "eq": f"{field} == {literal(value)}",
        "in": f"{field} in {literal(value)}",
        "not_in": f"({field} != null && !({field} in {literal(value)}))",
        "is_null": f"{field} == null",
        "is_true": f"{field} == true",
    }[op]


def cel_sums(rules: list[Rule]) -> list[str]:
    """What is earned and what is lost, each an expression."""
    def side(sign: int) -> str:
        return " + ".join(f"({cel(rule)} ? {rule['points']} : 0)" for rule in rules if rule["points"] * sign > 0)

    return [side(1), side(-1)]


def datalogic(rule: Rule) -> Any:
    """A test in the JSON Logic of datalogic: alternatives are texts that are looked for, and nothing else is a pattern."""
    variable = {"var": rule["field"]}
    if rule["op"] != "any":
        return json_logic(rule)
    return {"and": [{"!==": [variable, None]}, {"or": [{"in": [text, variable]} for text in rule["value"]]}]}


def json_logic(rule: Rule) -> Any:
    variable, op, value = {"var": rule["field"]}, rule["op"], value_of(rule)
    known = {"!==": [variable, None]}
    return {
        "eq": lambda: {"===": [variable, value]},
        "in": lambda: {"in": [variable, value]},
        "not_in": lambda: {"and": [known, {"!": [{"in": [variable, value]}]}]},
        "is_null": lambda: {"===": [variable, None]},
        "contains": lambda: {"and": [known, {"in": [value, variable]}]},
        "starts_with": lambda: {"and": [known, {"starts_with": [variable, value]}]},
        "ends_with": lambda: {"and": [known, {"ends_with": [variable, value]}]},
        "regex": lambda: {"and": [known, {"regex": [variable, value]}]},
        "gte": lambda: {"and": [known, {">=": [variable, value]}]},
        "lt": lambda: {"and": [known, {"<": [variable, value]}]},
        "range": lambda: {"and": [known, {">=": [variable, value[0]]}, {"<": [variable, value[1]]}]},
        "is_true": lambda: {"===": [variable, True]},
    }[op]()


def json_rules(rule: Rule) -> Any:
    def fact(operator: str, value: Any) -> dict[str, Any]:
        return {"fact": rule["field"], "operator": operator, "value": value}

    op, value = rule["op"], value_of(rule)
    names = {
        "eq": "equal", "in": "in", "contains": "strContains", "starts_with": "startsWith", "ends_with": "endsWith",
        "regex": "regex", "gte": "greaterThanInclusive", "lt": "lessThan", "is_true": "equal", "is_null": "equal",
    }  # fmt: skip
    if op == "not_in":
        return [fact("notEqual", None), fact("notIn", value)]
    if op == "range":
        return [fact("greaterThanInclusive", value[0]), fact("lessThan", value[1])]
    return [fact(names[op], True if op == "is_true" else value)]


def without_patterns() -> list[Rule]:
    """The rules whose patterns are plain alternatives, as lists of texts; the one other pattern is left out.

    zen compiles a pattern at every evaluation: its figure without patterns stands beside the one with them.
    """
    rules = []
    for rule in RULES:
        if rule["op"] != "regex":
            rules.append(rule)
            continue
        found = re.fullmatch(r"(\(\?i\))?(@?)\(([^()\\^$]+)\)(\\\.)?", rule["value"])
        if found:
            texts = [f"{found[2]}{text}{'.' if found[4] else ''}" for text in found[3].split("|")]
            if found[1]:
                texts = [form for text in texts for form in dict.fromkeys((text, text.upper(), text.title()))]
            rules.append({**rule, "op": "any", "value": texts})
    return rules


# ---------------------------------------------------------------------------------------------------------
# Leads and answers


def leads(count: int) -> list[dict[str, Any]]:
    rng = random.Random(20260701)
    pick = rng.choice
    constants = {name: [rule["value"] for rule in RULES if rule["field"] == name] for name in FIELDS}

    def named(field: str, *others: str) -> list[str]:
        texts = list(others)
        for value in constants[field]:
            texts.extend(value if isinstance(value, list) else [value] if value else [])
        return list(dict.fromkeys(texts))

    prefectures = named("prefecture", "北海道", "宮城県", "広島県", "静岡県", "新潟県")
    industries = named("industry", "小売業", "建設業", "運輸業", "広告業")
    sources = named("source", "広告", "自然検索", "資料請求", "ウェビナー")
    titles = ["営業部部長", "情報システム部課長", "代表取締役社長", "執行役員", "CTO", "総務部 主任", "学生", "人事部係長"]
    shapes = ["株式会社{}", "{}株式会社", "有限会社{}", "{}", "テスト{}", "{}ホールディングス株式会社"]
    names = ["山田製作所", "東洋電機", "富士システムズ", "大和商事", "三和建設"]
    mails = ["taro.yamada@example.co.jp", "info@example.co.jp", "hanako.sato12@gmail.com", "t-suzuki3@example.com"]

    def one() -> dict[str, Any]:
        def maybe(share: float, value: Any) -> Any:
            return None if rng.random() < share else value

        return {
            "prefecture": maybe(0.03, pick(prefectures)),
            "industry": maybe(0.02, pick(industries)),
            "source": pick(sources),
            "job_title": maybe(0.06, pick(titles)),
            "company_name": pick(shapes).format(f"{pick(names)}{rng.randrange(99999)}"),
            "email": maybe(0.04, pick(mails)),
            "employees": maybe(0.08, int(rng.lognormvariate(4.3, 1.7)) + 1),
            "revenue_myen": maybe(0.2, round(rng.lognormvariate(6.8, 1.9), 2) + 0.001),
            "visits_30d": int(rng.expovariate(0.25)),
            "open_rate": maybe(0.1, round(rng.betavariate(1.3, 3), 4)),
            "has_phone": rng.random() < 0.6,
            "opted_out": rng.random() < 0.05,
            "last_contact": maybe(0.3, (date(2026, 7, 1) - timedelta(rng.randrange(500))).isoformat()),
        }

    return [one() for _ in range(count)]


def closure(rule: Rule) -> Callable[[Any], bool]:
    op, value = rule["op"], value_of(rule)
    if op == "is_null":
        return lambda found: found is None
    test: Callable[[Any], bool] = {
        "eq": lambda found: found == value,
        "in": lambda found: found in value,
        "not_in": lambda found: found not in value,
        "contains": lambda found: value in found,
        "any": lambda found: any(text in found for text in value),
        "starts_with": lambda found: found.startswith(value),
        "ends_with": lambda found: found.endswith(value),
        "regex": lambda found: re.search(value, found) is not None,
        "gte": lambda found: found >= value,
        "lt": lambda found: found < value,
        "range": lambda found: value[0] <= found < value[1],
        "is_true": lambda found: found is True,
    }[op]
    return lambda found: found is not None and test(found)


def answers(rules: list[Rule], flat: list[dict[str, Any]]) -> list[list[Any]]:
    compiled = [(rule["field"], closure(rule), rule["points"]) for rule in rules]

    def one(lead: dict[str, Any]) -> list[Any]:
        points = [points for field, holds, points in compiled if holds(lead[field])]
        plus, minus = sum(each for each in points if each > 0), sum(each for each in points if each < 0)
        rank = next((rank for rank, least in RANKS if plus + minus >= least), "C")
        return [plus, minus, plus + minus, rank]

    return [one(lead) for lead in flat]


def main() -> None:
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    fields = leads(1_000)
    days = [{**lead, "last_contact": lead["last_contact"] and day(lead["last_contact"])} for lead in fields]
    plain = without_patterns()

    def sums(rules: list[Rule], test: Callable[[Rule], Any]) -> dict[str, Any]:
        def side(sign: int) -> Any:
            return {"+": [{"if": [test(rule), rule["points"], 0]} for rule in rules if rule["points"] * sign > 0]}

        return {"pos": side(1), "neg": side(-1)}

    content = {
        "at": AT,
        "ranks": RANKS,
        "playbook": playbook(RULES),
        "records": [{"id": f"lead-{index}", "fields": lead} for index, lead in enumerate(fields)],
        "flat": days,
        "answers": answers(RULES, days),
        "answers_plain": answers(plain, days),
        "json_logic": sums(RULES, json_logic),
        "json_rules": [{"all": json_rules(rule), "points": rule["points"]} for rule in RULES],
        "cel_plain": cel_sums(plain),
        "datalogic_plain": sums(plain, datalogic),
        "zen": zen_decision(RULES),
        "zen_plain": zen_decision(plain),
        "zen_plain_expression": zen_sum(plain),
    }
    (out / "crossing.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


main()
