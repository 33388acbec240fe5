/** Move focus to the error summary, so that a screen reader reads it first. */
export function focusErrorSummary(root) {
  root.querySelector("[data-error-summary]")?.focus();
}

/** Let a form be sent once: a second tap while the first is on its way is ignored, and the button says so. */
export function submitOnce(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "true";
    const button = event.submitter;
    if (!button?.dataset.busyText) return;
    button.dataset.idleText = button.textContent;
    button.textContent = button.dataset.busyText;
    button.setAttribute("aria-busy", "true");
    button.setAttribute("aria-disabled", "true");
  });
  // The page may come back from the browser's cache with the form as it was left.
  window.addEventListener("pageshow", () => {
    for (const form of root.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of root.querySelectorAll("[data-idle-text]")) {
      button.textContent = button.dataset.idleText;
      button.removeAttribute("aria-busy");
      button.removeAttribute("aria-disabled");
      delete button.dataset.idleText;
    }
  });
}

/** Grow a textarea with its text where the browser does not do it by itself. */
export function growTextareas(root) {
  if (CSS.supports("field-sizing", "content")) return;
  for (const area of root.querySelectorAll("textarea:not([data-code])")) {
    const grow = () => {
      area.style.height = "auto";
      area.style.height = `${area.scrollHeight + 2}px`;
    };
    area.addEventListener("input", grow);
    grow();
  }
}

/** List the chosen files with size under the field, and say at once when one is too large. */
export function showChosenFiles(root) {
  for (const input of root.querySelectorAll(":not([data-upload]) > input[type=file][data-max-bytes]")) {
    const list = document.getElementById(input.dataset.list);
    input.addEventListener("change", () => {
      const limit = Number(input.dataset.maxBytes);
      list.replaceChildren(...Array.from(input.files, (file) => fileLine(file, file.size > limit, input.dataset.tooLarge)));
    });
  }
}

function fileLine(file, tooLarge, text) {
  const megabytes = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
  const size = file.size < 1e6 ? `${Math.max(1, Math.round(file.size / 1e3))} kB` : `${megabytes.format(file.size / 1e6)} MB`;
  const line = document.createElement("li");
  line.textContent = `${file.name}, ${size}`;
  if (tooLarge) {
    const warning = document.createElement("strong");
    warning.textContent = ` ${text}`;
    line.append(warning);
  }
  return line;
}
