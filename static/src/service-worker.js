// Keeps what is the same for everybody: the built files, and the page that says that there is no net. No page of
// anybody's is ever kept. The server puts `self.shell` before this text: see citizen_portal/home/installed.py.
const { version, assets, offline } = self.shell;
const CACHE = `shell-${version}`;
const BUILT = "/static/dist/";

async function fill() {
  const cache = await caches.open(CACHE);
  await cache.addAll(assets);
  const page = await fetch(offline, { credentials: "omit", cache: "no-store" }); // as nobody: it holds nothing personal
  if (!page.ok) throw new Error(`${offline}: ${page.status}`);
  await cache.put(offline, page);
}

async function clear() {
  for (const name of await caches.keys()) if (name.startsWith("shell-") && name !== CACHE) await caches.delete(name);
  await self.clients.claim();
}

async function built(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) (await caches.open(CACHE)).put(request, answer.clone()); // the name holds a hash: it never changes
  return answer;
}

async function page(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(offline)) ?? Response.error();
  }
}

self.addEventListener("install", (event) => event.waitUntil(fill().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(clear()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname.startsWith(BUILT)) event.respondWith(built(request));
  else if (request.mode === "navigate") event.respondWith(page(request));
});

// A push message says that there is something to read, and nothing else.
self.addEventListener("push", (event) => {
  const { title, body, topic } = event.data.json();
  event.waitUntil(self.registration.showNotification(title, { body, icon: self.shell.icon, tag: topic, renotify: true }));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow("/min-side/besok")); // only what followers are told is pushed
});
