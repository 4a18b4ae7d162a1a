/** Proofs of who said something. Each is compared in a time that says nothing of where it differs. */

import { createHash, createHmac, createPublicKey, type KeyObject, timingSafeEqual, verify } from "node:crypto";

const mac = (hash: string, key: string, ...parts: (string | Buffer)[]): Buffer =>
  parts.reduce((made, part) => made.update(part), createHmac(hash, key)).digest();

const equal = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);

/** A text's signature, fit for an address. */
export const sign = (key: string, text: string): string => mac("sha256", key, text).toString("base64url");

/** Whether a signature is a text's. */
export const signed = (key: string, text: string, signature: string): boolean =>
  equal(mac("sha256", key, text), Buffer.from(signature, "base64url"));

/** Whether two keys are the same. */
export const same = (a: string, b: string): boolean => equal(mac("sha256", b, a), mac("sha256", b, b));

/** What tells one delivery from another. */
export const digest = (...parts: (string | Buffer)[]): string =>
  parts.reduce((made, part) => made.update(part).update("\0"), createHash("sha256")).digest("base64url");

/** SendGrid's public key, as its settings show it: base64 of DER. */
export const sendgridKey = (key: string): KeyObject =>
  createPublicKey({ key: Buffer.from(key, "base64"), format: "der", type: "spki" });

/** SendGrid's Event Webhook: ECDSA over the time and the body. */
export function sendgrid(key: KeyObject, at: string, body: Buffer, signature: string): boolean {
  return verify("sha256", Buffer.concat([Buffer.from(at), body]), key, Buffer.from(signature, "base64"));
}

/** Twilio's callbacks: HMAC-SHA1 over the address and the sorted parameters. */
export function twilio(token: string, url: string, body: string, signature: string): boolean {
  const parameters = [...new URLSearchParams(body)].sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : 1));
  return equal(mac("sha1", token, url, ...parameters.flat()), Buffer.from(signature, "base64"));
}

/**
 * Everybody else: `X-Signature: t=<seconds>,v1=<base64url of HMAC-SHA256 over "t.mapping.body">`. The mapping is signed
 * as well: what was meant for one is not taken for another.
 */
export function shared(key: string, at: string, mapping: string, body: Buffer, signature: string): boolean {
  return equal(mac("sha256", key, `${at}.${mapping}.`, body), Buffer.from(signature, "base64url"));
}
