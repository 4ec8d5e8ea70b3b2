// The answer's form: items of lists, what is none, the branches of what may be of several kinds, and its draft.
// Without it the form works all the same: each button asks the server for the form again.
"use strict";
(() => {
  const form = document.getElementById("form");
  if (!form) return;
  const BLANK = "__n__";
  const OWN = new Set(["csrf", "id", "opened", "seen", "visible"]);
  const NAMED = ["name", "id", "for", "value", "aria-describedby", "data-rows", "data-count", "data-blank", "data-of"];
  const PLACE = ".field, .bare";
  const key = `untuned.draft.${form.dataset.draft}`;

  // Names of an item and of all in it, templates among them, from one number to another.
  const rename = (root, from, to) => {
    const moved = (text) => {
      const at = text.indexOf(from);
      if (at < 0 || !/^$|^[.]/.test(text.slice(at + from.length))) return text;
      return text.slice(0, at) + to + text.slice(at + from.length);
    };
    for (const each of root.querySelectorAll("*")) {
      for (const name of NAMED) {
        if (name === "value" && each.tagName !== "BUTTON") continue;
        if (each.hasAttribute(name)) each.setAttribute(name, each.getAttribute(name).split(" ").map(moved).join(" "));
      }
      if (each.tagName === "TEMPLATE") rename(each.content, from, to);
    }
  };

  const list = (name) => form.querySelector(`[data-rows="${CSS.escape(name)}"]`);
  const rows = (name) => [...list(name).children];
  const nameOf = (row) => row.querySelector(":scope > .tools button[name=remove]").value;
  const numberOf = (row) => Number(nameOf(row).split(".").pop());

  // How many items the list has, which may be more than the form shows.
  const count = (name, more) => {
    const control = form.querySelector(`[data-count="${CSS.escape(name)}"]`);
    control.value = /^\d+$/.test(control.value) ? Number(control.value) + more : rows(name).length;
  };

  // The blank item of a list: one within an item of another list is in that one's blank item.
  const blankOf = (name, root = form) => {
    const found = root.querySelector(`template[data-blank="${CSS.escape(name)}"]`);
    if (found) return found;
    const parts = name.split(".");
    const at = parts.findIndex((part) => /^\d+$/.test(part));
    const outer = at < 0 ? null : blankOf(parts.slice(0, at).join("."), root);
    return outer && blankOf(parts.with(at, BLANK).join("."), outer.content);
  };

  const add = (name, number) => {
    const blank = blankOf(name);
    if (!blank) return null;
    const made = blank.content.cloneNode(true);
    const next = number ?? rows(name).reduce((most, row) => Math.max(most, numberOf(row)), -1) + 1;
    rename(made, `${blank.dataset.blank}.${BLANK}`, `${name}.${next}`);
    const row = made.firstElementChild;
    list(name).append(row);
    count(name, 1);
    return row;
  };

  const remove = (row) => {
    const name = row.parentElement.dataset.rows;
    const near = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    count(name, -1);
    return near ?? form.querySelector(`button[name=add][value="${CSS.escape(name)}"]`);
  };

  const swap = (row, other) => {
    const [mine, theirs] = [nameOf(row), nameOf(other)];
    rename(row, mine, `${mine}~`);
    rename(other, theirs, mine);
    rename(row, `${mine}~`, theirs);
    if (other === row.nextElementSibling) other.after(row);
    else other.before(row);
  };

  const focusIn = (element) => {
    const found = element?.matches("button") ? element : element?.querySelector("input:not([type=hidden]), select, textarea");
    found?.focus();
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=add], button[name=remove], button[name=move]");
    if (!button) return;
    event.preventDefault();
    given(button);
    const row = button.closest("[data-rows] > li");
    if (button.name === "add") {
      focusIn(add(button.value));
    } else if (button.name === "remove") {
      focusIn(remove(row));
    } else {
      const other = button.value.startsWith("up:") ? row.previousElementSibling : row.nextElementSibling;
      if (other) swap(row, other);
      button.focus();
    }
    changed();
  });

  // What is typed or chosen where none was given is none no more.
  const given = (target) => {
    if (target.matches(".none > input")) return;
    for (let at = target.closest(PLACE); at; at = at.parentElement.closest(PLACE)) {
      const box = at.querySelector(":scope > .aside > .none > input");
      if (box) box.checked = false;
    }
  };

  // Of several branches the chosen one is seen.
  const show = () => {
    const chosen = new Map([...form.querySelectorAll("[data-branch]:checked")].map((each) => [each.name, each.value]));
    for (const branch of form.getElementsByClassName("branch")) {
      const is = chosen.get(branch.dataset.of);
      branch.classList.toggle("away", is !== undefined && is !== branch.dataset.is);
    }
  };

  const entries = () => [...new FormData(form)].filter(([name, text]) => !OWN.has(name) && typeof text === "string");
  const answer = () => JSON.stringify(entries().filter(([name]) => name !== "note" && name !== "override"));
  show();
  const before = answer();

  const restore = (draft) => {
    const numbers = (name) => {
      const found = draft.map(([each]) => each).filter((each) => each.startsWith(`${name}.`));
      return new Set(found.map((each) => Number(each.slice(name.length + 1).split(".")[0])).filter(Number.isInteger));
    };
    const texts = new Map(draft.map(([name]) => [name, []]));
    for (const [name, text] of draft) texts.get(name).push(text);
    const lists = form.getElementsByClassName("entries");
    for (let place = 0; place < lists.length; place += 1) {
      const name = lists[place].dataset.rows;
      if (!texts.has(name)) continue;
      const wanted = numbers(name);
      for (const row of rows(name)) if (!wanted.delete(numberOf(row))) remove(row);
      for (const number of [...wanted].sort((one, other) => one - other)) add(name, number);
    }
    for (const each of form.querySelectorAll("input, select, textarea")) {
      if (OWN.has(each.name) || each.type === "hidden") continue;
      const typed = texts.get(each.name) ?? [];
      if (each.type === "checkbox" || each.type === "radio") each.checked = typed.includes(each.value);
      else if (typed.length) each.value = typed.at(-1);
    }
    show();
  };

  const changed = () => {
    show();
    document.body.classList.toggle("unsaved", answer() !== before);
    try {
      sessionStorage.setItem(key, JSON.stringify(entries()));
    } catch {
      // The browser's store is full or forbidden: the form is still here.
    }
  };
  let waiting = 0;
  form.addEventListener("input", (event) => {
    given(event.target);
    clearTimeout(waiting);
    waiting = setTimeout(changed, 150);
  });
  form.addEventListener("change", changed);
  addEventListener("pagehide", () => clearTimeout(waiting));

  let draft = null;
  try {
    draft = JSON.parse(sessionStorage.getItem(key));
  } catch {
    sessionStorage.removeItem(key);
  }
  const asTyped = JSON.stringify(entries());
  if (Array.isArray(draft) && JSON.stringify(draft) !== asTyped && !document.getElementById("summary")) {
    restore(draft);
    form.dataset.restored = "";
  }
  document.body.classList.toggle("unsaved", answer() !== before);
})();
