// Everything works without this file; it only makes things smoother.
import "htmx.org";
import { followConditions } from "./conditions.js";
import { closeOnEscape, upgradeDialogs } from "./disclosure.js";
import { focusErrorSummary, growTextareas, showChosenFiles, submitOnce } from "./forms.js";
import { followKeys } from "./keyboard.js";
import { keepShell, offerPush } from "./installed.js";
import { wipeAtLogout } from "./round-logout.js";
import { sayWhenOffline } from "./offline.js";
import { warnBeforeLogout } from "./session.js";
import { sendChosenFiles } from "./upload.js";
import { writeSource } from "./source.js";

keepShell(document);
offerPush(document);
sayWhenOffline(document); // before the next: a form that stays here is not sent
wipeAtLogout(document); // likewise
submitOnce(document);
warnBeforeLogout(document);
closeOnEscape(document);
followKeys(document);
focusErrorSummary(document);

function upgrade(root) {
  growTextareas(root);
  showChosenFiles(root);
  sendChosenFiles(root);
  upgradeDialogs(root);
  followConditions(root);
  writeSource(root);
}

upgrade(document);
document.addEventListener("htmx:load", (event) => upgrade(event.detail.elt));
