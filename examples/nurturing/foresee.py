"""Before it goes live: three hundred leads live through a quarter of a year, and the scenarios are drawn with what they did.

    python examples/nurturing/foresee.py [FOLDER]

With a folder the drawings are written there, as `product-a.svg` and so on.
"""

import sys
from pathlib import Path

from ikusei import Playbook

engine = Playbook.load("examples/nurturing/playbook.yaml").compile()
start, end = "2026-04-01T00:00:00+09:00", "2026-07-01T00:00:00+09:00"

# %% Who they are: small and large companies, some of which never said that they want mail.
leads = [
    {
        "id": f"lead-{number}",
        "fields": {"email": f"{number}@acme.example", "phone": "+81312345678", "employees": (20, 80, 400)[number % 3]},
        "consent": {"email": {"status": "granted" if number % 4 else "unknown"}},
    }
    for number in range(300)
]

# %% What they do by themselves: a paper on one of the products, in the first three weeks.
history = [
    {
        "lead": lead["id"],
        "at": at,
        "input": {"activity": {"id": "paper", "kind": "download", "at": at, "properties": {"product": "ab"[number % 2]}}},
    }
    for number, lead in enumerate(leads)
    for at in [f"2026-04-{1 + number % 21:02}T{number % 24:02}:15:00+09:00"]
]

# %% How they answer.
model = {
    "seed": "spring",
    "responses": [
        {
            "effect": "invite",
            "bounced": 0.03,
            "refused": 0.1,
            "after": "1m",
            "reactions": [
                {
                    "activity": "email_click",
                    "properties": {"product": "b"},
                    "chance": 0.3,
                    "after": "10m",
                    "up_to": "3d",
                    "then": [{"activity": "seminar_attended", "chance": 0.6, "after": "5d", "up_to": "10d"}],
                },
                {"consent": "deny", "chance": 0.02, "after": "1h"},
            ],
        },
        {"channel": "email", "bounced": 0.03},
        {"effect": "call", "reactions": [{"activity": "call_answered", "chance": 0.4, "after": "1h", "up_to": "4d"}]},
        {"effect": "hand_over", "reactions": [{"deal": "opened", "chance": 0.5, "after": "7d", "up_to": "21d"}]},
    ],
}

found = engine.simulate(leads, start, end, history=history, model=model, per="month")

# %% What it comes to.
for row in found.tables["scenarios"].rows:
    print(f"{row['scenario']}: {row['enrolled']} enrolled, {row['goal']} at their goal, {row['done']} done, {row['active']} under way")
for row in found.tables["periods"].rows:
    print(row["period"], row["what"], row["channel"] or "-", row["count"])
for row in found.tables["workers"].rows:
    print(f"{row['who']}: {row['count']} x {row['what']}, most in {row['busiest']}")
for row in found.tables["seats"].rows:
    print(f"{row['event']}: {row['wanted']} seats wanted, {row['capacity']} there")

# %% One of them, call by call.
log = engine.simulate_lead(leads[2], start, end, history=history[2:3], model=model).log
for step in log:
    for effect in step.effects:
        print(step.at.date(), effect.scenario, effect.step, *effect.do)

# %% And how it looks.
if len(sys.argv) > 1:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in found.counts:
        (folder / f"{name}.svg").write_text(engine.diagram(name, counts=found.counts, language="ja"), encoding="utf-8")
else:
    print(engine.diagram("product-b", "mermaid", counts=found.counts))
