/** Show the questions under a condition only when it holds, and what it looks at is shown itself. Without JavaScript they always stand there, with their condition. */
export function followConditions(root) {
  const parts = Array.from(root.querySelectorAll("[data-show-when]"));
  for (const form of new Set(parts.map((part) => part.closest("form")))) {
    const follow = () => form.querySelectorAll("[data-show-when]").forEach((part) => showWhenChosen(form, part));
    form.addEventListener("change", follow);
    follow();
  }
}

/** A choice that is not on this page decides nothing here. */
function showWhenChosen(form, part) {
  const inputs = Array.from(form.querySelectorAll(`input[type=radio][name="${part.dataset.showWhen}"]`));
  const values = part.dataset.showValue.split(" ");
  part.hidden = inputs.length > 0 && !inputs.some((input) => input.checked && values.includes(input.value) && !input.closest("[hidden]"));
}
