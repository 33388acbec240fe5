/** Text that staff write for the portal to read: a fixed width, a height that fits the window, and the caret at the line of a fault. */
export function writeSource(root) {
  for (const area of root.querySelectorAll("textarea[data-code]")) {
    Object.assign(area.style, { fontFamily: "monospace", fieldSizing: "fixed", height: "70vh" });
    area.closest("form").style.maxWidth = "none"; // lines of code are longer than lines of prose
    for (const link of root.querySelectorAll(`a[data-line][href="#${area.id}"]`)) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        selectLine(area, Number(link.dataset.line));
      });
    }
  }
}

function selectLine(area, number) {
  const lines = area.value.split("\n");
  const start = lines.slice(0, number - 1).join("\n").length + (number > 1 ? 1 : 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[number - 1] ?? "").length);
  area.scrollTop = (area.scrollHeight / lines.length) * Math.max(0, number - 6);
  area.scrollIntoView({ block: "center" });
}
