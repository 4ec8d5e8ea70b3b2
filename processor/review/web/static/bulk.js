// Follows a bulk decision: how far it is, and the page anew when it is through.
"use strict";
(() => {
  const line = document.getElementById("progress");
  const bar = document.querySelector("progress");
  if (!line || !bar) return;
  const look = async () => {
    try {
      const answer = await fetch(line.dataset.address, { headers: { Accept: "application/json" } });
      if (!answer.ok) return location.reload();
      const found = await answer.json();
      if (!found.running) return location.reload();
      bar.value = found.settled;
      line.querySelector("span").textContent = found.settled.toLocaleString("en");
    } catch {
      // The application is away for a moment: look again.
    }
    setTimeout(look, 500);
  };
  setTimeout(look, 300);
})();
