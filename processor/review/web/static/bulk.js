// Follows a bulk decision: how far it is, and the page anew when it is through.
"use strict";
(() => {
  const line = document.getElementById("progress");
  const bar = document.querySelector("progress");
  if (!line || !bar) return;
  const EVERY = 500;
  const MOST_MISSED = 20;
  let missed = 0;
  const look = async () => {
    try {
      const answer = await fetch(line.dataset.address, { headers: { Accept: "application/json" } });
      // Another instance that has been asked does not know: the next answer may be of the one that does.
      missed = answer.status === 404 ? missed + 1 : 0;
      const found = answer.ok ? await answer.json() : null;
      if (found) {
        bar.value = found.settled;
        line.querySelector("span").textContent = found.settled.toLocaleString("en");
      }
      if (found ? !found.running : !missed || missed > MOST_MISSED) return location.reload();
    } catch {
      // The application is away for a moment: look again.
    }
    setTimeout(look, EVERY);
  };
  setTimeout(look, 300);
})();
