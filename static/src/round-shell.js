// Keeps the page itself on the phone, without anybody's name, so that it opens without coverage.
export const CACHE = "round";
export const SYNC = "round";

/** Keep the page as it is for whoever is not logged in, with the files that it needs; what is older goes. */
export async function keepShell(address) {
  const shell = await fetch(address, { credentials: "omit" });
  if (!shell.ok) return;
  const cache = await caches.open(CACHE);
  const files = Array.from(document.querySelectorAll("link[rel=stylesheet], script[src]"), (tag) => tag.href || tag.src);
  const wanted = new Set([new URL(address, location).href, ...files]);
  await cache.put(address, shell);
  for (const file of files) if (!(await cache.match(file))) await cache.add(file);
  for (const kept of await cache.keys()) if (!wanted.has(kept.url)) await cache.delete(kept);
}

/** Let the browser send what waits when there is coverage again, also when the page is closed, where it can do that. */
export async function sendWhenCovered() {
  const registration = await navigator.serviceWorker.ready;
  await registration.sync?.register(SYNC).catch(() => {}); // not allowed: the page itself sends
}
