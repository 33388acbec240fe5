// What a nurse has signed off and the server has not yet taken in. Used by the page and by its service worker.
import { find, findAll, forget, keep } from "./round-store.js";

export const DAY = "day";
const LOCK = "round";
const MOST_AT_ONCE = 100; // so many the server takes in one request: visits/rounds/waiting.py

/** Let a sign-off wait. Its id is made here, so that it counts once however often it is sent. */
export async function add(visit, outcome, reason, skew) {
  const now = Date.now();
  const entry = {
    id: crypto.randomUUID(),
    visit,
    outcome,
    reason,
    device_at: new Date(now).toISOString(),
    performed_at: new Date(now + skew).toISOString(),
    state: "waiting",
  };
  for (const earlier of await entries()) if (earlier.visit === visit && earlier.state === "refused") await forget(earlier.id);
  await keep(entry.id, entry);
}

/** All that is signed off on this phone and not yet on the server's own page, in the order in which it happened. */
export async function entries() {
  const all = await findAll();
  all.delete(DAY);
  return [...all.values()].sort((one, other) => one.device_at.localeCompare(other.device_at));
}

/** Take back what still waits; what is being sent is waited for first. False when it is sent already. */
export function takeBack(id) {
  return navigator.locks.request(LOCK, async () => {
    const entry = await find(id);
    if (entry?.state !== "waiting") return false;
    await forget(id);
    return true;
  });
}

/**
 * Send what waits. Tells how it went: "nothing" waited, "sent", "offline", "login" is needed, "other": it is another
 * nurse's, or "later": the server asks for a pause.
 */
export function sendWaiting() {
  return navigator.locks.request(LOCK, async () => {
    let outcome = "nothing";
    try {
      for (let next = await oldestWaiting(); next.length; next = await oldestWaiting()) {
        outcome = await send(await find(DAY), next);
        if (outcome !== "sent") return outcome;
      }
    } catch {
      return "offline";
    }
    return outcome;
  });
}

async function oldestWaiting() {
  return (await entries()).filter((entry) => entry.state === "waiting").slice(0, MOST_AT_ONCE);
}

async function send(day, waiting) {
  let answer = await post(day, waiting);
  if (answer.status === 400) {
    day.token = await freshToken(day); // from before another login
    await keep(DAY, day);
    answer = await post(day, waiting);
  }
  if ([400, 401, 403].includes(answer.status)) return "login";
  if (answer.status === 409) return "other";
  if (!answer.ok) return "later";
  const { results, server_now } = await answer.json();
  await keep(DAY, { ...day, skew: Date.parse(server_now) - Date.now() });
  const states = new Map(results.map((result) => [result.id, result]));
  for (const entry of waiting) {
    const { state, refusal } = states.get(entry.id);
    await keep(entry.id, { ...entry, state: state === "accepted" ? "sent" : "refused", refusal });
  }
  return "sent";
}

function post(day, waiting) {
  const sign_offs = waiting.map(({ id, visit, outcome, reason, performed_at, device_at }) => ({
    id,
    visit_id: visit,
    outcome,
    reason,
    performed_at,
    device_at,
  }));
  return fetch(day.send, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": day.token },
    body: JSON.stringify({ staff_id: day.owner, sign_offs }),
  });
}

async function freshToken(day) {
  const page = await fetch(day.page, { redirect: "manual" });
  return page.ok ? (/data-token="([^"]+)"/.exec(await page.text())?.[1] ?? "") : "";
}
