// Keeps the whole book on the device of a reader who asked for it (see book.js). The network comes
// first, so that nothing old is read where there is one. The build puts this file beside the first
// page, with the two constants filled in.
"use strict";

const FILES = [];
const VERSION = "";
const BOOK = `${registration.scope}#`;

addEventListener("install", (event) => event.waitUntil(keep()));
addEventListener("activate", (event) => event.waitUntil(forgetOlder()));
addEventListener("fetch", (event) => {
  if (event.request.method === "GET")
    event.respondWith(fetch(event.request).catch(() => kept(event.request.url)));
});

async function keep() {
  const cache = await caches.open(BOOK + VERSION);
  await cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" })));
  await skipWaiting();
}

async function forgetOlder() {
  for (const name of await caches.keys())
    if (name.startsWith(BOOK) && name !== BOOK + VERSION) await caches.delete(name);
}

async function kept(address) {
  const cache = await caches.open(BOOK + VERSION);
  const file = address.replace(/\/([?#].*)?$/, "/index.html");
  return (await cache.match(file, { ignoreSearch: true })) ?? Response.error();
}
