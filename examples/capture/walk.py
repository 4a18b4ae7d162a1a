"""From the export of another CRM, a form and a business card to one clean record per person.

Cells as of a notebook; run it from the root of the repository: python examples/capture/walk.py
"""

# %% The playbook says how payloads are read, values cleansed and people told apart.
import csv
import io

import ikusei

AT = "2026-06-01T09:00:00+09:00"
engine = ikusei.Playbook.load("examples/capture/playbook.yaml").compile()

# %% An export. Every row becomes a record of its own for now.
EXPORT = """Email,Name,Company,Phone,Employees
Taro.Yamada@Acme.example,山田　太郎,㈱アクメ,０３（１２３４）５６７８,約３００名
hanako@birch.example,佐藤花子,バーチ株式会社,03-9999-0000,45
taro.yamada@acme-hd.example,山田太郎,株式会社 アクメ,0312345678,
ohne@email,林,-,N/A,不明
"""
leads: dict[str, ikusei.Lead] = {}
for number, row in enumerate(csv.DictReader(io.StringIO(EXPORT)), start=1):
    captured = engine.capture_row("crm", row, AT)
    for problem in captured.problems:
        print(f"row {number}: {problem.message}")
    for person in captured.people:
        if not person.identities:
            continue
        leads[f"crm-{number}"] = engine.apply({"id": f"crm-{number}"}, person).lead
        for field, change in person.changes.items():
            if change.value != change.raw:
                print(f"row {number}: {field}: {change.raw!r} -> {change.value!r} ({', '.join(change.rules or ())})")

# %% Who is who, over the whole table.
table = [{"id": id, **lead.to_dict()["fields"]} for id, lead in leads.items()]
found = engine.dedupe(table, columns=["email", "name", "company", "phone"])
print("one person:", found.clusters)
for first, *others in found.clusters:
    for other in others:
        leads[first] = engine.merge(leads[first], leads.pop(other), AT)

# %% A form comes in twice: the second time nothing changes.
BODY = "mail=taro.yamada%40acme.example&company=%E3%82%A2%E3%82%AF%E3%83%A1&agree=on&submission=s-1&page=https://a.example/?gclid=x"
person = engine.capture("contact", BODY, AT).people[0]
first = engine.apply(leads["crm-1"], person)
again = engine.apply(first.lead, person)
print("recorded:", first.recorded, "- again:", again.changed)
leads["crm-1"] = first.lead

# %% A business card, as an OCR read it.
card = engine.read_card_lines(["株式会社アクメ", "営業部 部長", "山田 太郎", "TEL 03-1234-5678", "taro.yamada@acme.example"])
person = engine.capture("card", card.payload, AT).people[0]
leads["crm-1"] = engine.apply(leads["crm-1"], person).lead
print("title:", leads["crm-1"].to_dict()["fields"]["title"])

# %% May we write to her, and to him? And how warm is he?
for id, lead in leads.items():
    may = engine.may_send(lead, "email")
    assessed = engine.assess(lead, AT)
    print(id, assessed.rank, assessed.scores["overall"].total, "may be written to" if may.allowed else f"may not: {may.because}")
