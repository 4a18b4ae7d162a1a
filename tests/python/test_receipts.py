"""Receipts: their bytes, and a round trip through storage."""

import hashlib
import json
from pathlib import Path

import ikusei

ROOT = Path(__file__).resolve().parents[2]
LEAD = {
    "id": "lead-1",
    "fields": {"employees": 320, "industry": "製造業"},
    "activities": [{"id": "evt-1", "kind": "seminar_attended", "at": "2026-04-20T00:00:00Z"}],
}
AT = "2026-05-01T00:00:00Z"


def engine() -> ikusei.Engine:
    return ikusei.Playbook.load(ROOT / "examples/quickstart/playbook.yaml").compile()


def test_the_id_is_the_hash_of_the_text_without_it() -> None:
    receipt = json.loads(engine().receipt(LEAD, AT).to_json())
    said = receipt.pop("id")
    text = json.dumps(receipt, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert said == "sha256:" + hashlib.sha256(text.encode("utf-8")).hexdigest()
    assert list(receipt) == sorted(receipt)


def test_a_receipt_holds_after_storage_and_not_for_another_lead() -> None:
    stored = engine().receipt(LEAD, AT).to_json()
    turned = {key: LEAD[key] for key in reversed(LEAD)} | {"fields": {"industry": "製造業", "employees": 320.0}}
    assert engine().verify_receipt(ikusei.Lead.from_json(json.dumps(turned)), stored).holds
    check = engine().verify_receipt({**LEAD, "id": "lead-2"}, stored)
    assert [difference.what for difference in check.differs] == ["lead"]
    assert not check.holds
