/** What signatures prove. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { digest, same, sendgrid, sendgridKey, shared, sign, signed, twilio } from "../src/signatures.js";
import { fromSendgrid, keys, signed as delivery } from "./support.js";

test("Twilio signs as its documentation says", () => {
  // The example of https://www.twilio.com/docs/usage/security
  const body = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
  const url = "https://mycompany.com/myapp.php?foo=1&bar=2";
  assert.ok(twilio("12345", url, body, "RSOYDt4T1cUTdK1PDd93/VVr8B8="));
  assert.ok(!twilio("12346", url, body, "RSOYDt4T1cUTdK1PDd93/VVr8B8="));
  assert.ok(!twilio("12345", url, `${body}&More=1`, "RSOYDt4T1cUTdK1PDd93/VVr8B8="));
  assert.ok(!twilio("12345", url, body, ""));
});

test("SendGrid's signature is over the time and the body", () => {
  const key = sendgridKey(keys.SENDGRID_KEY);
  const headers = fromSendgrid("[1]", 1700000000).headers as { [name: string]: string };
  const signature = headers["x-twilio-email-event-webhook-signature"]!;
  assert.ok(sendgrid(key, "1700000000", Buffer.from("[1]"), signature));
  assert.ok(!sendgrid(key, "1700000001", Buffer.from("[1]"), signature));
  assert.ok(!sendgrid(key, "1700000000", Buffer.from("[2]"), signature));
  assert.ok(!sendgrid(key, "1700000000", Buffer.from("[1]"), "no signature"));
  assert.throws(() => sendgridKey("no key"));
});

test("the shared signature is for one mapping, one time and one body", () => {
  const [, at, signature] = /^t=(\d+),v1=(.*)$/.exec((delivery("tracking", "{}").headers as { "x-signature": string })["x-signature"])!;
  assert.ok(shared(keys.HOOK_KEY, at!, "tracking", Buffer.from("{}"), signature!));
  assert.ok(!shared(keys.HOOK_KEY, at!, "contact", Buffer.from("{}"), signature!));
  assert.ok(!shared(keys.HOOK_KEY, "1", "tracking", Buffer.from("{}"), signature!));
  assert.ok(!shared("another key", at!, "tracking", Buffer.from("{}"), signature!));
});

test("links and keys hold whole only", () => {
  assert.ok(signed("key", "lead-1", sign("key", "lead-1")));
  assert.ok(!signed("key", "lead-2", sign("key", "lead-1")) && !signed("yek", "lead-1", sign("key", "lead-1")) && !signed("key", "lead-1", ""));
  assert.ok(same("abc", "abc") && !same("ab", "abc") && !same("", "abc"));
  assert.notEqual(digest("a", "bc"), digest("ab", "c"));
});
