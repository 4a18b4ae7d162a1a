// What both packages' faces must do beyond the conformance cases.

import assert from "node:assert/strict";
import test from "node:test";
import { sample } from "./vectors.mjs";

export function shared(face) {
  const { playbook, args } = sample();
  const { lead, at } = args;

  test("a Date is an instant, in the record as well", () => {
    const engine = face.Playbook.parse(playbook).compile();
    const dated = { ...lead, activities: lead.activities.map((each) => ({ ...each, at: new Date(each.at) })) };
    assert.deepEqual(engine.assess(dated, new Date(at)), engine.assess(lead, at));
  });

  test("a lead record is read, from an object and from its text", () => {
    const record = { activities: [], id: "l", fields: { size: 300.0, seen: new Date(0) } };
    const wanted = { id: "l", fields: { size: 300, seen: "1970-01-01T00:00:00.000Z" } };
    assert.deepEqual(face.readLead(record), wanted);
    assert.deepEqual(face.readLead(JSON.stringify(record)), wanted);
    assert.throws(() => face.readLead({ id: "l", feilds: {} }), face.LeadError);
    assert.throws(() => face.readLead('{\n  "id": 7\n}'), /line 2/);
  });

  test("errors carry code and diagnostics", () => {
    assert.throws(
      () => face.Playbook.parse("{\"ikusei\": 1, \"name\": \"demo\", \"feilds\": {}}"),
      (error) => {
        assert.ok(error instanceof face.PlaybookError && error instanceof face.IkuseiError);
        assert.equal(error.name, "PlaybookError");
        assert.equal(error.code, "IK0102");
        assert.equal(error.diagnostics[0].help, "did you mean `fields`?");
        return true;
      },
    );
    const engine = face.Playbook.parse(playbook).compile();
    assert.throws(() => engine.assess({ identity: "l" }, at), face.LeadError);
    assert.throws(() => engine.assess(lead, "yesterday"), face.CallError);
    assert.throws(() => engine.members("nowhere", [], at), face.CallError);
  });

  test("keys such as __proto__ are data", () => {
    const engine = face.Playbook.parse(playbook).compile();
    const hostile = JSON.parse('{"id": "l", "fields": {"__proto__": {"polluted": true}, "constructor": "x"}}');
    engine.assess(hostile, at);
    assert.throws(() => engine.assess(JSON.parse('{"id": "l", "__proto__": {"polluted": true}}'), at), face.LeadError);
    assert.equal({}.polluted, undefined);
    const named = JSON.parse(JSON.stringify(playbook).replaceAll('"overall"', '"__proto__"'));
    const { scores } = face.Playbook.parse(named).compile().assess(lead, at);
    assert.deepEqual(Object.keys(scores), ["__proto__"]);
    assert.equal(Object.getPrototypeOf(scores), Object.prototype);
  });

  test("results are plain data of their own, ledgers included", async () => {
    const engine = face.Playbook.parse(playbook).compile();
    const text = JSON.stringify(lead);
    const mine = JSON.parse(text);
    const [first, second] = [engine.assess(mine, at), engine.assess(mine, at)];
    mine.fields = {};
    const [card] = Object.keys(first.scores);
    assert.ok(first.scores[card].ledger.length > 0, "made of the lead as it was");
    assert.equal(first.scores[card].ledger, first.scores[card].ledger);
    assert.equal(JSON.stringify(second), JSON.stringify(first));
    assert.deepEqual(structuredClone(second), first);
    assert.deepEqual({ ...second.scores[card] }, first.scores[card]);
    const [third, fourth] = await engine.assessMany([lead, lead], at);
    for (const [changed, other] of [[first, second], [third, fourth]]) {
      const before = JSON.stringify(other);
      changed.rank = changed.ranks[card].rank = "changed";
      changed.ranks[card].cause = changed.segments = changed.scores[card].total = undefined;
      if (changed.scores[card].ledger !== undefined) {
        changed.scores[card].ledger.length = 0;
        changed.scores[card].ledger = "changed";
        assert.equal(changed.scores[card].ledger, "changed");
      }
      assert.equal(JSON.stringify(other), before);
    }
    assert.equal(JSON.stringify(lead), text);
  });

  test("free gives memory back, and use after it is an error", () => {
    const engine = face.Playbook.parse(playbook).compile();
    const found = engine.assess(lead, at);
    engine[Symbol.dispose]();
    const [sheet] = Object.values(found.scores);
    assert.ok(sheet.ledger.length > 0, "what was given is kept");
    assert.throws(() => engine.assess(lead, at), Error);
  });

  test("engines that are made and freed leave memory flat", () => {
    const churn = (count) => {
      for (let index = 0; index < count; index += 1) {
        const book = face.Playbook.parse(playbook);
        book.compile().free();
        book.free();
      }
    };
    churn(1_000);
    // A leak grows every time; the runtime, which compiles hot code and collects when it likes, does not.
    const grown = [1, 2, 3].map(() => {
      const before = process.memoryUsage().rss;
      churn(3_000);
      return process.memoryUsage().rss - before;
    });
    assert.ok(Math.min(...grown) < 5_000_000, `grown by ${grown.join(", ")} bytes`);
  });
}
