// The queue by keys: j and k move, x ticks; Shift ticks all between; how many are ticked.
"use strict";
(() => {
  const form = document.getElementById("bulk");
  const list = document.getElementById("rows");
  if (!form || !list) return;
  const boxes = () => [...list.querySelectorAll("input[name=ref]:enabled")];
  const ticked = document.getElementById("ticked");
  const all = document.getElementById("tick-all");

  const rows = () => [...list.children].filter((each) => !each.classList.contains("gone"));
  const current = () => document.activeElement?.closest?.("#rows > li");
  const go = (step) => {
    const found = rows();
    const at = found.indexOf(current());
    const next = found[at < 0 ? 0 : Math.min(found.length - 1, Math.max(0, at + step))];
    next?.querySelector(".summary").focus();
    next?.scrollIntoView({ block: "nearest" });
  };

  const count = () => {
    const number = boxes().filter((each) => each.checked).length;
    if (ticked) ticked.textContent = number ? `${number} ticked` : "";
    const box = all?.querySelector("input");
    if (box) {
      box.checked = number > 0 && number === boxes().length;
      box.indeterminate = number > 0 && !box.checked;
    }
  };

  // With Shift, all rows from the one that was ticked last to this one become as this one is.
  let last = null;
  const tick = (box, range) => {
    const found = boxes();
    const [from, to] = [found.indexOf(last), found.indexOf(box)].sort((one, other) => one - other);
    if (range && from >= 0) for (const each of found.slice(from, to + 1)) each.checked = box.checked;
    last = box;
    count();
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (document.getElementById("keys-on")?.checked === false) return;
    if (event.target.matches("textarea, select, input:not([type=checkbox])")) return;
    if (event.key === "j" || event.key === "k") {
      event.preventDefault();
      go(event.key === "j" ? 1 : -1);
    } else if (event.key.toLowerCase() === "x") {
      const box = current()?.querySelector("input[name=ref]:enabled");
      if (!box) return;
      event.preventDefault();
      box.checked = !box.checked;
      tick(box, event.shiftKey);
    }
  });
  list.addEventListener("click", (event) => event.target.matches("input[name=ref]") && tick(event.target, event.shiftKey));
  form.addEventListener("change", (event) => {
    if (event.target.closest("#tick-all")) for (const each of boxes()) each.checked = event.target.checked;
    count();
  });
  if (all) all.hidden = boxes().length === 0;
  window.addEventListener("pageshow", count);
})();
