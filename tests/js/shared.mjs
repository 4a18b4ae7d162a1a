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

  test("a lead comes to the same by whatever way it crosses", async () => {
    const rule = (id, when, points) => ({ id, when, points });
    const rules = [
      rule("tokyo", 'name.contains("東京")', 1),
      rule("unnamed", 'name == ""', 2),
      rule("big", "size >= 300", 4),
      rule("unknown", "size == null", 8),
      rule("keen", "rate > 0.25", 16),
      rule("called", "known", 32),
      rule("uncalled", "known == false", 64),
      rule("old", 'since < date("2026-01-01")', 128),
      rule("seen", 'seen >= timestamp("2026-05-01T00:00:00Z")', 256),
      rule("tagged", '"a" in tags', 512),
      rule("divided", "10 / size >= 5", 1024),
    ];
    const types = { name: "text", size: "integer", rate: "number", known: "boolean", since: "date", seen: "timestamp", tags: "set" };
    const fields = Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { type }]));
    const card = { rules, probability: { intercept: -1, per_point: 0.01 }, ranks: [{ rank: "A", at_least: 64 }, { rank: "C" }] };
    const engine = face.Playbook.parse({
      ikusei: 1,
      name: "crossing",
      fields,
      scorecards: { first: card, second: { ranks: [{ rank: "Z" }] } },
      segments: { keen: { when: "rate > 0.25" } },
    }).compile();
    class Titled {
      constructor() {
        [this.id, this.fields] = ["titled", { size: 300 }];
      }
    }
    const polluted = Object.create({ size: 300 });
    const plain = [
      {},
      { name: "東京商事", size: 300, rate: 0.5, known: true, since: "2025-05-01", seen: "2026-05-01T09:00:00+09:00" },
      { seen: "2026-05-01T09:00:00+09:00", since: "2026-02-30", known: false },
      { rate: -0, size: 0, name: "" },
      { size: 0.5 },
      { size: 300.0, rate: 1e300, known: null, name: undefined },
      { size: 2 ** 53, rate: -(2 ** 53) },
      { size: 2 ** 53 + 2, rate: Number.NaN },
      { name: "a\0b", size: 320 },
      { name: "\ud800", size: 320 },
      { name: "𠮷野家 東京", other: "\udfff" },
      { ["\ud800"]: 1 },
      { other: "x\0y", more: { deep: [1, { deeper: null }] }, toJSON: "data", constructor: 1, size: 320 },
      { tags: ["a", "b"], size: 320 },
      { name: new String("東京"), seen: new Date(0), rate: new Number(3) },
      { size: "many", rate: true },
      [],
      null,
      "fields",
      new Map([["size", 300]]),
      polluted,
      { toJSON: () => ({ size: 300 }) },
    ].map((fields, index) => ({ id: `lead-${index}`, fields }));
    const leads = [
      ...plain,
      { id: "bare" },
      { id: "\ud800" },
      { id: "a\0b" },
      { id: "", fields: undefined, activities: undefined },
      { fields: {} },
      { id: 7 },
      { id: "typo", feilds: {} },
      { id: "more", fields: { size: 300 }, standing: { first: { rank: "A", since: "2026-04-01T00:00:00Z" } } },
      new Titled(),
      { id: "secret", fields: { size: 1 }, toJSON: () => ({ id: "told", fields: { size: 300 } }) },
    ];
    const said = (result) => (result instanceof Error ? `${result.name} ${result.message}` : JSON.stringify(result));
    const attempt = (run) => {
      try {
        return said(run());
      } catch (error) {
        return said(error);
      }
    };
    const at = "2026-05-01T00:00:00Z";
    // With a log, though it is empty, a lead goes as a record.
    const records = leads.map((lead) => ({ ...JSON.parse(JSON.stringify(lead)), activities: [] }));
    for (const [index, lead] of leads.entries()) {
      const label = `lead ${index}`;
      assert.equal(attempt(() => engine.assess(lead, at)), attempt(() => engine.assess(records[index], at)), label);
    }
    const bare = records.map((record) => attempt(() => engine.assess(record, new Date(at), { ledger: false })));
    assert.deepEqual((await engine.assessMany(leads, at)).map(said), bare);
    for (const lead of leads) {
      // Alone, so that none is kept from its way by another.
      const [result] = await engine.assessMany([lead], at);
      assert.equal(said(result), bare[leads.indexOf(lead)]);
    }
    const good = leads.filter((lead) => lead.fields?.size === 300 || lead.fields?.size === 0.5);
    const batch = Array.from({ length: 1_100 }, (_, index) => good[index % good.length]);
    const wanted = batch.map((lead) => bare[leads.indexOf(lead)]);
    assert.deepEqual((await engine.assessMany(batch, at)).map(said), wanted);
    assert.deepEqual(await engine.assessMany([], at), []);
    await assert.rejects(engine.assessMany([], "yesterday"), face.CallError);
    await assert.rejects(engine.assessMany([{ id: "l", fields: { other: 1n } }], at), TypeError);

    Object.prototype.size = 300;
    try {
      assert.equal(engine.assess({ id: "l" }, at).scores.first.total, 8, "what is inherited is no data");
      assert.equal(engine.assess({ id: "l", fields: {} }, at).scores.first.total, 8);
    } finally {
      delete Object.prototype.size;
    }
    const changed = { id: "l", fields: { size: 300 } };
    const found = engine.assess(changed, at);
    changed.fields.size = 1;
    assert.deepEqual(found.scores.first.ledger.map((entry) => entry.values), [{ size: 300 }], "made of the lead as it was");
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
