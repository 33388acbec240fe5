/** Show the questions under a condition only when it holds. Without JavaScript they always stand there, with their condition. */
export function followConditions(root) {
  for (const part of root.querySelectorAll("[data-show-when]")) {
    const inputs = part.closest("form").querySelectorAll(`input[type=radio][name="${part.dataset.showWhen}"]`);
    const follow = () => {
      part.hidden = !Array.from(inputs).some((input) => input.checked && part.dataset.showValue.split(" ").includes(input.value));
    };
    for (const input of inputs) input.addEventListener("change", follow);
    follow();
  }
}
