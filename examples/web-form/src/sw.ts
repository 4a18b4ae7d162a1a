/** Offline: everything that the page consists of is kept, and what waits is sent when the connection is back. */

import { flush } from "./queue";

declare const PRECACHE: { version: string; files: string[] };
declare const self: ServiceWorkerGlobalScope & { addEventListener(type: "sync", listener: (event: ExtendableEvent) => void): void };

const name = `ikusei-web-form-${PRECACHE.version}`;
const files = new Set(PRECACHE.files.map((file) => new URL(file, self.location.href).href));

self.addEventListener("install", (event) => {
  const fill = async () => {
    const cache = await caches.open(name);
    await cache.addAll([...files].map((file) => new Request(file, { cache: "reload" })));
    await self.skipWaiting();
  };
  event.waitUntil(fill());
});

self.addEventListener("activate", (event) => {
  const clear = async () => {
    const old = (await caches.keys()).filter((key) => key.startsWith("ikusei-web-form-") && key !== name);
    await Promise.all(old.map((key) => caches.delete(key)));
    await self.clients.claim();
  };
  event.waitUntil(clear());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") {
    return;
  }
  const here = new URL("./", self.location.href).href;
  const file = request.mode === "navigate" ? here : request.url;
  if (files.has(file)) {
    const answer = async () => (await caches.match(file, { cacheName: name })) ?? fetch(request);
    event.respondWith(answer());
  }
});

// Chromium sends what waits even when no page is open; elsewhere the page does when it is opened again.
self.addEventListener("sync", (event) => {
  const send = async () => {
    const { waiting } = await flush();
    if (waiting > 0) {
      throw new Error("still offline: the browser tries again");
    }
  };
  event.waitUntil(send());
});
