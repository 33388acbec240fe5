// Warn two minutes before a login ends. The server decides when that is; this only tells, and asks for another half hour.
const WARN_BEFORE = 120_000;
const IDLE_FULL = 30 * 60_000;
const TOLD = "told-of-the-end";

/** Follow how long the login lasts, in step with the other tabs of this browser. */
export function warnBeforeLogout(root) {
  const dialog = root.getElementById("session-warning");
  if (!dialog) return;
  const live = dialog.querySelector("[data-session-live]");
  const stay = dialog.querySelector("[data-session-stay]");
  const tabs = new BroadcastChannel("session");
  const end = { idle: 0, absolute: 0 };
  let dismissed = 0;

  const isAbsolute = () => end.absolute <= end.idle;
  const last = () => Math.min(end.idle, end.absolute);
  const take = ({ idle, absolute }) => {
    end.idle = Date.now() + idle * 1000;
    end.absolute = Date.now() + absolute * 1000;
  };
  const tell = () => tabs.postMessage({ ...end });
  const say = (what) => {
    for (const part of dialog.querySelectorAll("[data-session]")) part.hidden = part.dataset.session !== what;
    stay.hidden = what === "absolute" || what === "over";
    const time = new Date(last()).toLocaleTimeString(root.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    for (const element of dialog.querySelectorAll("[data-session-time]")) element.textContent = time;
  };
  const show = (what) => {
    say(what);
    if (!dialog.open) dialog.showModal();
  };

  function look() {
    const left = last() - Date.now();
    if (left > WARN_BEFORE) {
      sessionStorage.removeItem(TOLD);
      live.textContent = "";
      if (dialog.open) dialog.close();
    } else if (left <= 0) {
      if (dismissed === Infinity) return;
      dismissed = Infinity;
      show("over");
      live.textContent = dialog.querySelector("[data-session=over]").textContent;
    } else if (dismissed !== last() && !(isAbsolute() && sessionStorage.getItem(TOLD))) {
      if (!dialog.open) show(isAbsolute() ? "absolute" : "idle");
      if (left <= 60_000) live.textContent = dialog.dataset.oneMinute;
    }
  }

  stay.addEventListener("click", async () => {
    try {
      const answer = await fetch(dialog.dataset.action, { method: "POST", headers: { Accept: "application/json" } });
      if (answer.ok) {
        take(await answer.json());
        tell();
        if (last() - Date.now() > WARN_BEFORE) dialog.close();
        else show("absolute");
      } else if (answer.status === 401) {
        dismissed = Infinity;
        show("over");
      } else show("failed");
    } catch {
      show("failed");
    }
  });
  dialog.querySelector("[data-session-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    if (dismissed === Infinity || last() - Date.now() > WARN_BEFORE) return;
    dismissed = last();
    if (isAbsolute()) sessionStorage.setItem(TOLD, "true"); // once is enough: every page of the last minutes would say it
  });
  tabs.addEventListener("message", ({ data }) => {
    Object.assign(end, data);
    dismissed = 0;
    look();
  });
  root.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!detail.successful) return;
    end.idle = Date.now() + IDLE_FULL - 60_000; // the server notes use once a minute
    tell();
  });
  root.addEventListener("visibilitychange", look);
  take({ idle: Number(dialog.dataset.idle), absolute: Number(dialog.dataset.absolute) });
  tell();
  setInterval(look, 5000);
}
