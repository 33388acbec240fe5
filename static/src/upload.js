// Send files as soon as they are chosen, one at a time and with progress. Without this file they go with the step.
const LONGEST_SIDE = 3000;
const PAUSES = [2_000, 5_000, 15_000, 30_000];

/** Send what is chosen in each field that takes files; large photos are made smaller first, to spare the data plan. */
export function sendChosenFiles(root) {
  for (const field of root.querySelectorAll("[data-upload]")) {
    const input = field.querySelector("input[type=file]");
    input?.addEventListener("change", (event) => {
      event.stopPropagation(); // the files are ours: the form's own saving leaves them alone
      sendAll(field, input);
    });
  }
}

async function sendAll(field, input) {
  const list = document.getElementById(input.dataset.list);
  const chosen = Array.from(input.files);
  const lines = chosen.map((file) => addLine(list, file.name));
  input.value = "";
  let page = null;
  for (const [index, file] of chosen.entries()) {
    const answer = await send(field, input.name, await smaller(file), lines[index]);
    if (answer.ok) {
      page = answer.text;
      lines[index].remove();
    } else {
      lines[index].textContent = answer.text;
    }
  }
  if (page) replace(field, page, list);
}

/** Put the field of the page that was answered in place of this one; what could not be sent stays said. */
function replace(field, page, list) {
  const fresh = new DOMParser().parseFromString(page, "text/html").getElementById(field.id);
  if (!fresh) return;
  const said = Array.from(list.children);
  const adopted = document.adoptNode(fresh);
  field.replaceWith(adopted);
  adopted.querySelector("ul[aria-live]")?.append(...said);
  sendChosenFiles(adopted.parentElement);
}

async function send(field, name, file, line) {
  const body = new FormData();
  body.append("csrf_token", field.closest("form").elements.csrf_token.value);
  body.append(`${name}-upload`, crypto.randomUUID()); // the same for every attempt: the file counts once
  body.append(name, file, file.name);
  for (let attempt = 0; ; attempt += 1) {
    const answer = await attemptOnce(field, body, (part) => {
      line.textContent = `${file.name}: ${field.dataset.sending} ${Math.round(part * 100)} %`;
    });
    if (answer) return answer;
    line.textContent = `${file.name}: ${field.dataset.failed}`;
    await coverage(PAUSES[Math.min(attempt, PAUSES.length - 1)]);
  }
}

/** The server's answer; null when there was none, and it is to be tried again. */
function attemptOnce(field, body, progress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest(); // fetch tells nothing of how far an upload has come
    request.open("POST", field.dataset.upload);
    request.upload.addEventListener("progress", (event) => event.lengthComputable && progress(event.loaded / event.total));
    request.addEventListener("load", () => {
      if (request.status === 422 || request.status < 300) resolve({ ok: request.status < 300, text: request.responseText });
      else if (request.status >= 500 || request.status === 429) resolve(null);
      else window.location.reload(); // logged out, sent from another tab: the page itself says so
    });
    request.addEventListener("error", () => resolve(null));
    request.send(body);
  });
}

function coverage(pause) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, pause);
    window.addEventListener("online", done, { once: true });
    function done() {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      resolve();
    }
  });
}

/** A photo with no side above the limit; anything else, and what the browser cannot draw, as it is. */
async function smaller(file) {
  if (!["image/jpeg", "image/png"].includes(file.type)) return file;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = LONGEST_SIDE / Math.max(picture.width, picture.height);
    if (scale >= 1) return file;
    const canvas = new OffscreenCanvas(Math.round(picture.width * scale), Math.round(picture.height * scale));
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return new File([await canvas.convertToBlob({ type: file.type, quality: 0.9 })], file.name, { type: file.type });
  } catch {
    return file;
  }
}

function addLine(list, name) {
  const line = document.createElement("li");
  line.textContent = name;
  list.append(line);
  return line;
}
