// Keeps the pages of the interview room, with what they are made of, for a reload while there is no connection.
// Only the room: a page is one seat, for the user who opened it; nothing else that passes by is kept.
"use strict";
const PREFIX = "poise-room-";
const PATIENCE_MS = 4000;
const MOST_PAGES = 12;
const scope = new URL(self.registration.scope).pathname;
const isRoom = (path) => path.startsWith(scope) && /^\d+\/$/.test(path.slice(scope.length));

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const alone = async (user) => {
  for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== PREFIX + user) await caches.delete(name);
  return caches.open(PREFIX + user);
};
const keepPage = async (path, answer) => {
  const user = answer.headers.get("X-Room-User");
  if (!user || answer.status !== 200 || answer.redirected) return;
  const kept = await alone(user);
  await kept.put(path, answer);
  const pages = (await kept.keys()).filter((one) => isRoom(new URL(one.url).pathname));
  for (const old of pages.slice(0, Math.max(0, pages.length - MOST_PAGES))) await kept.delete(old);
};
const forgetPage = async (path) => {
  for (const name of await caches.keys()) if (name.startsWith(PREFIX)) await (await caches.open(name)).delete(path);
};
const asked = async (request) => {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    return await fetch(request, { signal: stop.signal });
  } finally {
    clearTimeout(timer);
  }
};

self.addEventListener("message", (event) => {
  if (!event.data || event.data.kind !== "keep") return;
  const { user, page, assets } = event.data;
  event.waitUntil((async () => {
    const kept = await alone(user);
    if (isRoom(page) && !(await kept.match(page))) {
      try { await keepPage(page, await fetch(page, { credentials: "same-origin" })); } catch { /* at the next visit */ }
    }
    const wanted = new Set(assets);
    for (const one of await kept.keys()) {
      if (!isRoom(new URL(one.url).pathname) && !wanted.has(one.url)) await kept.delete(one);
    }
    for (const one of wanted) {
      if (new URL(one).origin !== self.location.origin) continue;
      try {
        const answer = await fetch(one);
        if (answer.ok) await kept.put(one, answer);
      } catch { /* what was kept before stays */ }
    }
  })());
});

const page = async (request, path) => {
  let answer = null;
  try {
    answer = await asked(request);
  } catch { /* no server within reach */ }
  if (answer && answer.status < 500) {
    // signed out, or somebody else: what was kept is not for whoever sits here now
    if (answer.status === 200) await keepPage(path, answer.clone());
    else await forgetPage(path);
    return answer;
  }
  return (await caches.match(path)) || answer || Response.error();
};
const asset = async (request) => {
  try {
    const answer = await asked(request);
    if (answer.ok) return answer;
  } catch { /* no server within reach */ }
  return (await caches.match(request.url)) || Response.error();
};
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && isRoom(url.pathname)) event.respondWith(page(request, url.pathname));
  else if (["script", "style", "image"].includes(request.destination)) event.respondWith(asset(request));
});
