// The installed page: its service worker, and push messages for those who say yes. Without either everything works.
/** Let the page be opened without a net, where it says so. Only pages that can be installed have a manifest. */
export function keepShell(root) {
  if (!("serviceWorker" in navigator) || !root.querySelector("link[rel=manifest]")) return;
  navigator.serviceWorker.register(`/service-worker.js?sprak=${root.documentElement.lang}`).catch(() => {});
}

/** Show the question of push messages to browsers that can take them, and send what the browser answers. */
export function offerPush(root) {
  const form = root.querySelector("form[data-push]");
  if (!form || !("PushManager" in window) || !("Notification" in window)) return;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.subscription.value) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // not on its way yet: the button must not say so
    const asked = await subscribe(form.dataset.push).catch(() => null);
    if (!asked) {
      form.querySelector("[data-push-refused]").hidden = false;
      return;
    }
    form.elements.subscription.value = JSON.stringify(asked);
    form.submit();
  }, { capture: true });
}

async function subscribe(key) {
  if ((await Notification.requestPermission()) !== "granted") return null;
  const worker = await navigator.serviceWorker.ready;
  return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}
