// The nurse's page without coverage: what is signed off waits on the phone, and is sent when there is coverage.
// Without this file each button is a form and is sent at once.
import { upgradeDialogs } from "./disclosure.js";
import { DAY, add, entries, sendWaiting, takeBack } from "./round-queue.js";
import { SYNC, keepShell, sendWhenCovered } from "./round-shell.js";
import { find, forget, keep, wipe } from "./round-store.js";

const PAUSES = [5_000, 15_000, 60_000, 300_000];
const KEPT_FOR = 12 * 3_600_000; // a shift and its overtime; an older list would send somebody to the wrong doors
const NOTICEABLE_SKEW = 2 * 60_000;

const root = document.querySelector("[data-round]");
const list = root?.querySelector("[data-list]");
const words = root ? JSON.parse(root.dataset.words) : {};
const part = (name) => root.querySelector(`[data-part=${name}]`);
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
const clock = (iso) =>
  new Date(iso).toLocaleTimeString("nb", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Oslo" });
let skew = 0;
let attempt = 0;
let timer = 0;
let said = "nothing";

if (root && window.isSecureContext && "serviceWorker" in navigator && navigator.locks) begin();

async function begin() {
  const stored = await find(DAY);
  const { owner } = list.dataset;
  if (owner && stored && stored.owner !== owner) {
    if ((await entries()).some((entry) => entry.state !== "sent")) {
      part("other").hidden = part("hand-over").hidden = false; // the page works by its forms meanwhile
      listenForEnd(tellWhatIsLeft);
      return;
    }
    await wipe();
  }
  if (owner) {
    const cameAfter = performance.getEntriesByType("navigation")[0]?.responseStart ?? performance.now();
    await keepPage(list, Date.now() - (performance.now() - cameAfter));
  } else if (stored) showStored(stored);
  listen();
  await paint();
  if (owner) {
    await navigator.serviceWorker.register(root.dataset.worker, { scope: root.dataset.page });
    await keepShell(root.dataset.shell);
  }
  if (location.hash === "#lever-vakta") part("hand-over").scrollIntoView();
  send();
}

/** Keep the list that the server has shown, and learn from it how wrong the phone's clock is. */
async function keepPage(shown, arrivedAt) {
  const { owner, token, serverNow } = shown.dataset;
  skew = Date.parse(serverNow) - arrivedAt;
  const { page, send: address } = root.dataset;
  await keep(DAY, { html: list.innerHTML, keptAt: Date.now(), owner, token, skew, page, send: address });
}

/** Show the list that the phone has kept. */
function showStored(stored) {
  skew = stored.skew;
  if (Date.now() - stored.keptAt > KEPT_FOR) return;
  const kept = new DOMParser().parseFromString(stored.html, "text/html"); // its scripts, had it any, would not run
  list.replaceChildren(...kept.body.childNodes);
  upgradeDialogs(list);
}

function listen() {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    const told = event.submitter?.name === "told" ? event.submitter.value : form.elements.told?.value;
    if (told) {
      event.preventDefault();
      signOff(form, told);
    } else if (!navigator.onLine) {
      event.preventDefault();
      say(words.needs_coverage);
    }
  });
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-undo]");
    if (button) undo(button.dataset.undo);
  });
  listenForEnd(handOver);
  window.addEventListener("online", () => send());
  window.addEventListener("offline", () => paint());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && send());
  new BroadcastChannel(SYNC).addEventListener("message", () => send());
}

function listenForEnd(handOverBy) {
  part("hand-over").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) ("wipe" in button.dataset ? finish : handOverBy)();
  });
}

async function signOff(form, told) {
  said = "nothing";
  const simple = ["done", "on_the_way"].includes(told);
  form.closest("dialog")?.close();
  await add(form.closest("[data-visit]").dataset.visit, simple ? told : "not_home", simple ? null : told, skew);
  await paint();
  part("status").focus();
  sendWhenCovered();
  await send();
}

async function undo(id) {
  if (!(await takeBack(id))) await refresh();
  await paint();
}

/** Send what waits and show how it stands; after a failure again, with longer and longer pauses. */
async function send() {
  clearTimeout(timer);
  const outcome = navigator.onLine ? await sendWaiting() : "offline";
  const hasSent = (await entries()).some((entry) => entry.state === "sent"); // also what the worker has sent
  const isShown = !hasSent || (navigator.onLine && (await refresh()));
  if (hasSent && outcome === "nothing") said = "sent";
  else if (said !== "sent" || outcome !== "nothing") said = outcome; // that all is sent stands until something else is so
  await paint(said);
  attempt = outcome === "offline" || outcome === "later" ? attempt + 1 : isShown ? 0 : 1;
  if (attempt) timer = setTimeout(send, PAUSES[Math.min(attempt, PAUSES.length) - 1]);
}

/** Show the server's page as it is now, in which what was sent is no longer ours to show. Not under somebody's thumb. */
async function refresh() {
  if (list.querySelector("details[open]")) return false;
  const sent = (await entries()).filter((entry) => entry.state === "sent");
  const answer = await fetch(root.dataset.page, { redirect: "manual" }).catch(() => null);
  if (!answer?.ok) return false;
  const arrivedAt = Date.now();
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-list]");
  if (!fresh?.dataset.owner || list.querySelector("details[open]")) return false;
  list.replaceChildren(...fresh.childNodes);
  Object.assign(list.dataset, fresh.dataset);
  await keepPage(list, arrivedAt);
  upgradeDialogs(list);
  for (const entry of sent) await forget(entry.id);
  return true;
}

/** Write beside each visit what waits, was sent or was refused, and above them how it stands in all. */
async function paint(outcome) {
  const all = await entries();
  for (const visit of list.querySelectorAll("[data-visit]")) {
    const entry = all.findLast((each) => each.visit === visit.dataset.visit);
    paintVisit(visit, entry);
  }
  const waiting = all.filter((entry) => entry.state === "waiting").length;
  const refused = all.filter((entry) => entry.state === "refused").length;
  const lines = [];
  if (!navigator.onLine || outcome === "offline") lines.push(words.no_coverage);
  if (waiting) lines.push(fill(words.waiting_in_all, { count: waiting }));
  if (refused) lines.push(fill(words.refused_in_all, { count: refused }));
  if (!lines.length && (outcome === "sent" || part("status").textContent === words.all_sent)) lines.push(words.all_sent);
  say(lines.join(" "));
  part("login").hidden = outcome !== "login";
  part("other").hidden = outcome !== "other";
  part("hand-over").hidden = !(await find(DAY));
  part("skew").hidden = Math.abs(skew) < NOTICEABLE_SKEW;
  part("skew-minutes").textContent = fill(skew > 0 ? words.clock_slow : words.clock_fast, {
    minutes: Math.round(Math.abs(skew) / 60_000),
  });
}

function paintVisit(visit, entry) {
  const line = visit.querySelector("[data-state]");
  const actions = visit.querySelector("[data-actions]");
  if (!line || !actions) return;
  line.hidden = !entry;
  actions.hidden = Boolean(entry) && entry.state !== "refused";
  visit.closest("li").querySelector(".visit__state").hidden = actions.hidden; // it was true before
  line.replaceChildren();
  if (!entry) return;
  const what = fill(words[entry.outcome], { time: clock(entry.performed_at) });
  const how = entry.state === "refused" ? words[entry.refusal] : words[entry.state];
  line.append(`${what} · ${how} `);
  if (entry.state !== "waiting") return;
  const button = part("undo").content.firstElementChild.cloneNode(true);
  button.dataset.undo = entry.id;
  line.append(button);
}

/** End of the shift: send what waits, then wipe; or say what is left and ask. */
async function handOver() {
  say(words.sending);
  await send();
  if ((await entries()).some((entry) => entry.state !== "sent")) await tellWhatIsLeft();
  else await finish();
}

async function tellWhatIsLeft() {
  const left = (await entries()).filter((entry) => entry.state !== "sent");
  part("left").hidden = false;
  part("left-count").textContent = fill(words.left, { count: left.length });
  part("left").scrollIntoView({ block: "center" });
}

async function finish() {
  clearTimeout(timer);
  await wipe();
  list.replaceChildren(part("handed-over").content.cloneNode(true));
  for (const name of ["hand-over", "left", "skew", "login", "other"]) part(name).hidden = true;
  say(words.wiped);
  part("status").focus();
}

function say(text) {
  part("status").textContent = text;
}
