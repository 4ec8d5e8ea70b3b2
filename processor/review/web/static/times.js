// Keeps "4 min ago" true while a page stays open, and tells each moment in the reader's own time beneath the pointer.
"use strict";
(() => {
  // By the server's clock: that of the reader's machine may be wrong.
  const began = Date.parse(document.body.dataset.now);
  const now = () => began + performance.now();
  const UNITS = [[86_400, "d"], [3600, "h"], [60, "min"]];

  const age = (seconds) => {
    const [size, unit] = UNITS.find(([least]) => seconds >= least) ?? [];
    return size ? `${Math.floor(seconds / size)} ${unit}` : "just now";
  };
  const renew = () => {
    if (document.hidden || !began) return;
    for (const each of document.querySelectorAll("time[data-age]")) {
      const told = age((now() - Date.parse(each.dateTime)) / 1000);
      const text = each.dataset.age === "ago" && told !== "just now" ? `${told} ago` : told;
      if (each.textContent !== text) each.textContent = text;
    }
  };
  for (const each of document.querySelectorAll("time[datetime*=T]")) {
    const here = new Date(each.dateTime).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    each.title = `${here} here${each.title && `, ${each.title}`}`;
  }
  setInterval(renew, 20_000);
  document.addEventListener("visibilitychange", renew);
})();
