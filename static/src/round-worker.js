// The service worker of the nurse's page alone: opens the page without coverage, and sends what waits when it is back.
// What it keeps in the cache holds nobody's name: the page as it is for whoever is not logged in, its styles and scripts.
import { sendWaiting } from "./round-queue.js";
import { CACHE, SYNC } from "./round-shell.js";

const PATIENCE = 6_000; // a phone with one bar of coverage may wait for minutes before it gives up
const page = new URL(self.registration.scope).pathname;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname } = new URL(request.url);
  if (request.mode === "navigate" && request.method === "GET" && pathname === page) event.respondWith(openPage(request));
  else if (pathname.startsWith("/static/dist/")) event.respondWith(openFile(request));
});

self.addEventListener("sync", (event) => {
  if (event.tag === SYNC) event.waitUntil(sendInBackground());
});

async function openPage(request) {
  const shell = await caches.match(`${page}/uten-nett`, { cacheName: CACHE, ignoreSearch: true });
  const answer = fetch(request);
  if (!shell) return answer;
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, shell));
  return Promise.race([answer.catch(() => shell), late]);
}

async function openFile(request) {
  return (await caches.match(request, { cacheName: CACHE })) ?? fetch(request);
}

async function sendInBackground() {
  const outcome = await sendWaiting();
  new BroadcastChannel(SYNC).postMessage(outcome);
  if (outcome === "offline" || outcome === "later") throw new Error(outcome); // the browser tries again
}
