// Everything works without this file; it only makes things smoother.
import "htmx.org";
import { followConditions } from "./conditions.js";
import { closeOnEscape, upgradeDialogs } from "./disclosure.js";
import { focusErrorSummary, growTextareas, showChosenFiles, submitOnce } from "./forms.js";
import { warnBeforeLogout } from "./session.js";
import { writeSource } from "./source.js";

submitOnce(document);
warnBeforeLogout(document);
closeOnEscape(document);
focusErrorSummary(document);

function upgrade(root) {
  growTextareas(root);
  showChosenFiles(root);
  upgradeDialogs(root);
  followConditions(root);
  writeSource(root);
}

upgrade(document);
document.addEventListener("htmx:load", (event) => upgrade(event.detail.elt));
