/**
 * What has not been sent yet, kept on this device. The page and the service worker send it, one at a time; whatever they
 * send twice has the same submission id, so that the server takes it once.
 */

import { type DBSchema, openDB } from "idb";

/** Where submissions go: beside the page, unless the build says otherwise. */
const endpoint = import.meta.env["VITE_ENDPOINT"] ?? "capture/contact";

/** A form as it was filled in. */
export interface Submission {
  id: string;
  body: string;
  /** The status with which the server refused it for good. */
  refused?: number;
}

export interface Waiting {
  waiting: number;
  refused: number;
}

interface Kept extends DBSchema {
  submissions: { key: string; value: Submission };
}

/** Tells other tabs, and the page what the service worker did. */
export const news = new BroadcastChannel("ikusei-web-form");

const store = () =>
  openDB<Kept>("ikusei-web-form", 1, {
    upgrade: (database) => void database.createObjectStore("submissions", { keyPath: "id" }),
  });

/** Puts a submission into the queue. */
export async function keep(submission: Submission): Promise<void> {
  const database = await store();
  await database.put("submissions", submission);
  database.close();
}

/** How many there are. */
export async function waiting(): Promise<Waiting> {
  const database = await store();
  const all = await database.getAll("submissions");
  database.close();
  const refused = all.filter((submission) => submission.refused !== undefined).length;
  return { waiting: all.length - refused, refused };
}

/** What has become of a submission. */
export async function fate(id: string): Promise<"sent" | "kept" | "failed"> {
  const database = await store();
  const found = await database.get("submissions", id);
  database.close();
  return found === undefined ? "sent" : found.refused === undefined ? "kept" : "failed";
}

/** Forgets what was refused, once the visitor knows. */
export async function dismiss(): Promise<void> {
  const database = await store();
  for (const { id, refused } of await database.getAll("submissions")) {
    if (refused !== undefined) {
      await database.delete("submissions", id);
    }
  }
  database.close();
}

/** Sends what waits, until one cannot be sent. Only one tab or worker at a time does. */
export async function flush(): Promise<Waiting> {
  await navigator.locks.request("ikusei-web-form", async () => {
    const database = await store();
    for (const submission of await database.getAll("submissions")) {
      if (submission.refused !== undefined) {
        continue;
      }
      const verdict = await post(submission);
      if (verdict === "later") {
        break;
      }
      if (verdict === "taken") {
        await database.delete("submissions", submission.id);
      } else {
        await database.put("submissions", { ...submission, body: "", refused: verdict });
      }
    }
    database.close();
  });
  const left = await waiting();
  news.postMessage(left);
  return left;
}

/** Sends one: taken, to be tried later, or refused with a status. */
export async function post({ body }: Submission): Promise<"taken" | "later" | number> {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  try {
    // No preflight, no cookies: any page may send this, and the server believes none of it.
    const { ok, status } = await fetch(endpoint, { method: "POST", headers, body, credentials: "omit", keepalive: body.length < 60_000 });
    const later = status >= 500 || [408, 425, 429].includes(status);
    return ok ? "taken" : later ? "later" : status;
  } catch {
    return "later";
  }
}
