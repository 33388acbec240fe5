const OFF = "keys-off";

/** Keys for those who handle many cases: j and k go through the list, a takes, r writes, ? shows them all. */
export function followKeys(root) {
  const help = root.querySelector("[data-keys]");
  if (!help) return;
  help.hidden = false;
  const turn = help.querySelector("[data-keys-off]");
  const [toTurnOff, toTurnOn] = [turn.textContent, turn.dataset.off];
  const isOff = () => localStorage.getItem(OFF) === "1";
  const say = () => (turn.textContent = isOff() ? toTurnOn : toTurnOff);
  turn.addEventListener("click", () => {
    localStorage.setItem(OFF, isOff() ? "0" : "1");
    say();
  });
  say();
  root.addEventListener("keydown", (event) => {
    if (isOff() || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog")) return;
    const act = KEYS[event.key];
    if (act?.(root, help)) event.preventDefault();
  });
}

const KEYS = {
  j: (root) => step(root, 1),
  k: (root) => step(root, -1),
  a: (root) => press(currentRow(root) ?? root.querySelector("main"), "form[action$='/ta'] button"),
  r: (root) => focus(root.querySelector("textarea[name=body]")),
  "?": (_root, help) => {
    help.open = !help.open;
    return focus(help.querySelector("summary"));
  },
};

function rows(root) {
  return Array.from(root.querySelectorAll("tbody th a"));
}

function currentRow(root) {
  return root.activeElement?.closest("tr");
}

function step(root, by) {
  const links = rows(root);
  const now = links.findIndex((link) => link.closest("tr") === currentRow(root));
  return focus(links[now < 0 && by < 0 ? links.length - 1 : Math.min(Math.max(now + by, 0), links.length - 1)]);
}

function press(part, selector) {
  const button = part?.querySelector(selector);
  button?.click();
  return Boolean(button);
}

function focus(element) {
  element?.focus();
  return Boolean(element);
}
