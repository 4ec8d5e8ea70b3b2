// Single keys: an element with data-key="a" is clicked, or focused where it is a field, when its key is pressed.
"use strict";
(() => {
  const KEPT = "untuned.keys";
  const dialog = document.getElementById("keys");
  const opener = document.getElementById("keys-open");
  const on = document.getElementById("keys-on");
  if (!dialog || !on) return;

  on.checked = localStorage.getItem(KEPT) !== "off";
  on.addEventListener("change", () => localStorage.setItem(KEPT, on.checked ? "on" : "off"));
  opener.hidden = false;
  // From its beginning: the browser would go to the first control, which is at the end.
  const open = () => {
    dialog.showModal();
    dialog.querySelector("h2").focus();
  };
  opener.addEventListener("click", open);

  const typing = (element) =>
    element.isContentEditable || element.matches("textarea, select, input:not([type=checkbox]):not([type=radio])");
  const usable = (element) => !element.disabled && element.getClientRects().length > 0;

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    const target = event.target;
    if (typing(target)) {
      if (event.key === "Escape") target.blur();
      return;
    }
    if (!on.checked) return;
    if (event.key === "?") {
      event.preventDefault();
      open();
      return;
    }
    // Enter and the space bar belong to what has the focus.
    if ((event.key === "Enter" || event.key === " ") && target.matches("a, button, summary, input, label")) return;
    const found = [...document.querySelectorAll("[data-key]")].find(
      (each) => each.dataset.key === event.key && usable(each),
    );
    if (!found) return;
    event.preventDefault();
    if (event.repeat) return;
    if (typing(found)) {
      found.focus();
      found.select?.();
    } else {
      found.click();
    }
  });
})();
