"use strict";
// The page works without this: it opens what a link points to in browsers that do not, and filters the cases.
function reveal() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  let opened = false;
  for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) {
    box.hidden = false;
    opened = opened || !box.open;
    box.open = true;
  }
  if (opened) target.scrollIntoView();
}
addEventListener("hashchange", reveal);
reveal();

const cases = [...document.querySelectorAll("details.case")];
const text = document.getElementById("filter");
const failed = document.getElementById("failed");
const matches = document.getElementById("matches");
let words = null;
function filter() {
  words = words || cases.map((found) => found.textContent.toLowerCase());
  const wanted = text.value.trim().toLowerCase();
  let count = 0;
  cases.forEach((found, place) => {
    const shown = words[place].includes(wanted) && (!failed.checked || found.classList.contains("failed"));
    found.hidden = !shown;
    count += shown;
  });
  matches.textContent = count === cases.length ? "" : `${count} of ${cases.length}`;
}
let due = 0;
text.addEventListener("input", () => { clearTimeout(due); due = setTimeout(filter, 150); });
failed.addEventListener("change", filter);
if (cases.length > 1) document.querySelector(".filter").hidden = false;
