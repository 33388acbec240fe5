/** Close an open menu with Escape or a click outside, and give focus back to its button. */
export function closeOnEscape(root) {
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of root.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  root.addEventListener("click", (event) => {
    for (const menu of root.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
}

/**
 * A question inside <details> becomes a modal dialog. Without JavaScript it unfolds in the page instead.
 */
export function upgradeDialogs(root) {
  for (const details of root.querySelectorAll("details.confirm:not([data-upgraded])")) {
    const dialog = details.querySelector("dialog");
    details.dataset.upgraded = "true";
    dialog.open = false;
    details.addEventListener("toggle", () => {
      if (details.open && !dialog.open) dialog.showModal();
    });
    dialog.addEventListener("close", () => {
      details.open = false;
      details.querySelector("summary").focus();
    });
    dialog.querySelector("[data-dialog-close]")?.addEventListener("click", () => dialog.close());
  }
}
