// Without coverage: what was typed stays in the page, the page says that it is not sent, and sends it when there is a net.
const RETRY = 20_000;

/** Follow the forms that save themselves. Nothing is kept outside the open page: no personal data in any store. */
export function sayWhenOffline(root) {
  for (const form of root.querySelectorAll("form[hx-post]")) {
    const line = form.querySelector("[data-autosave]");
    if (line) follow(form, line);
  }
}

function follow(form, line) {
  let waits = null;
  const tryAgain = () => {
    if (waits) form.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const wait = () => {
    line.textContent = line.dataset.offline;
    clearInterval(waits);
    waits = setInterval(tryAgain, RETRY);
  };
  form.addEventListener("htmx:sendError", (event) => event.target === form && wait());
  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.target !== form || !event.detail.successful) return;
    clearInterval(waits);
    waits = null;
  });
  window.addEventListener("offline", wait);
  window.addEventListener("online", tryAgain);
  // A page that is sent without a net would be lost in the browser's own error page.
  form.addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    wait();
    line.scrollIntoView({ block: "center" });
  });
}
