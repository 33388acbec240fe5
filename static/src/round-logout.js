// An employee who logs out leaves nothing of a round on the phone; what is not yet sent is shown to her first.
import { entries } from "./round-queue.js";
import { wipe } from "./round-store.js";

/** Wipe before the logout, on every page for staff. */
export function wipeAtLogout(root) {
  const [, place] = location.pathname.split("/");
  if (place !== "ansatt") return;
  root.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.action.endsWith("/logg-ut")) return;
    event.preventDefault();
    const left = await entries().catch(() => []); // a browser without a store has nothing to lose
    if (left.some((entry) => entry.state !== "sent")) {
      location.assign("/ansatt/runde#lever-vakta");
      return;
    }
    await wipe().catch(() => {});
    form.submit();
  });
}
