// The item's page: keys beside those of keys.js, the lease, the time it is looked at, and sending again.
"use strict";
(() => {
  const page = document.querySelector("[data-item]");
  const form = document.getElementById("form");
  const said = document.getElementById("say");
  const say = (text) => {
    if (!said) return;
    said.textContent = text;
    said.classList.toggle("sr", !text);
  };
  const click = (selector) => document.querySelector(selector)?.click();

  // The draft of what was decided is done with: the server went on to another page.
  const SENT = "untuned.sent";
  const sent = sessionStorage.getItem(SENT);
  if (sent && sent !== form?.dataset.draft) sessionStorage.removeItem(`untuned.draft.${sent}`);
  sessionStorage.removeItem(SENT);
  if (!page) return;
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  document.getElementById("summary")?.focus();

  // Keys.
  const keysOn = () => document.getElementById("keys-on")?.checked ?? true;
  const typing = (element) =>
    element.isContentEditable || element.matches("textarea, select, input:not([type=checkbox]):not([type=radio])");
  let began = 0;
  const CHOICES = ".radios:not(.branches)";
  const first = () => [...(form?.querySelectorAll(CHOICES) ?? [])].find((each) => each.getClientRects().length);
  const current = () => document.activeElement?.closest?.(CHOICES) ?? first();
  let pointed = null;
  const point = () => {
    pointed?.classList.remove("current");
    pointed = current();
    pointed?.classList.toggle("current", keysOn());
  };
  const choose = (digit) => {
    const radio = current()?.querySelectorAll("input[type=radio]")[digit - 1];
    if (!radio || radio.disabled) return false;
    radio.focus();
    radio.click();
    return true;
  };
  let led = null; // the marked place that `c` led to last: one leaves a text by Escape, and then has no place
  const correct = () => {
    const fields = ":is(input:not([type=hidden]), select, textarea):not(:disabled, .none > input)";
    const places = [...(form?.querySelectorAll(":is(.field, .bare).invalid:not(:has(.invalid))") ?? [])];
    const marked = places.filter((each) => each.querySelector(fields));
    const at = marked.find((each) => each.contains(document.activeElement)) ?? led;
    led = marked[(1 + marked.indexOf(at)) % marked.length];
    const found = (led ?? form)?.querySelector(led ? fields : `.fields ${fields}`);
    const radio = found?.type === "radio" && found.closest(CHOICES)?.querySelector(":checked");
    (radio || found)?.focus();
    found?.scrollIntoView({ block: "center" });
    return Boolean(found);
  };
  // Where one has been: the browser's own way back may lead to a form that was sent.
  const TRAIL = "untuned.trail";
  const trail = JSON.parse(sessionStorage.getItem(TRAIL) ?? "[]");
  if (trail.at(-1)?.split("?")[0] !== location.pathname) trail.push(location.pathname + location.search);
  sessionStorage.setItem(TRAIL, JSON.stringify(trail.slice(-50)));
  const back = () => {
    if (trail.length < 2) return;
    trail.pop();
    sessionStorage.setItem(TRAIL, JSON.stringify(trail));
    location.assign(trail.at(-1));
  };
  const onwards = () => click("[data-skip], a[data-key=n]") ?? true;
  const MOVES = { c: correct, n: onwards, j: onwards, p: back, k: back };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      if (form && !event.repeat) form.requestSubmit(pending() ?? form.querySelector("[data-save]") ?? undefined);
      event.preventDefault();
      return;
    }
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (typing(event.target) || !keysOn() || document.querySelector("dialog[open]")) return;
    if (/^[1-9]$/.test(event.key) && choose(Number(event.key))) event.preventDefault();
    else if (event.key === "g") began = Date.now();
    else if (event.key === "q" && Date.now() - began < 1500) click("[data-go=q]");
    else if (Object.hasOwn(MOVES, event.key)) {
      event.preventDefault();
      MOVES[event.key]();
    }
  });
  document.addEventListener("focusin", point);
  document.getElementById("keys-on")?.addEventListener("change", point);
  point();
  if (!form) return;

  // Deciding.
  const note = document.getElementById("note");
  const visible = form.querySelector("[data-visible]");
  let wanted = null;
  const pending = () => (document.activeElement === note ? wanted : null);
  if ("restored" in form.dataset) say("What you had typed before is here again.");
  form.addEventListener("click", (event) => {
    const told = event.target.closest("[data-cannot]")?.dataset.cannot;
    if (told) say(told);
    const button = event.target.closest("button[name=action]");
    if (button?.hasAttribute("data-needs-note") && !note.value.trim()) {
      event.preventDefault();
      wanted = button;
      note.focus();
      const name = button.lastChild.textContent.trim();
      say(`Write a note, then press ${name} again, or Ctrl+Enter.`);
    } else if (button?.value === "accept" && document.body.classList.contains("unsaved")) {
      event.preventDefault();
      say("You changed the answer: press Ctrl+Enter to save it as a correction.");
    }
  });
  document.getElementById("override")?.addEventListener("change", (event) => event.target.checked && note.focus());
  let sending = false;
  form.addEventListener("submit", (event) => {
    if (sending) {
      event.preventDefault();
      return;
    }
    sending = true;
    visible.value = seconds().toFixed(1);
    form.setAttribute("aria-busy", "true");
    if (event.submitter?.name === "action") sessionStorage.setItem(SENT, form.dataset.draft);
  });

  // Only the time that the page is seen counts; the server lets it be no longer than it knows.
  let total = Number(visible.value) || 0;
  let since = document.hidden ? null : performance.now();
  const seconds = () => total + (since === null ? 0 : (performance.now() - since) / 1000);
  document.addEventListener("visibilitychange", () => {
    total = seconds();
    since = document.hidden ? null : performance.now();
  });

  // The lease.
  const line = document.getElementById("lease");
  const EVERY = 60_000;
  let renewed = Date.now();
  let lost = false;
  const renew = async () => {
    renewed = Date.now();
    const response = await fetch(page.dataset.lease, {
      method: "POST",
      headers: { "X-CSRF-Token": page.dataset.csrf, Accept: "application/json" },
    });
    const told = await response.json();
    if (told.error === "login") say("Your session has ended: log in again in another tab. What you typed stays here.");
    if (told.line) line.textContent = told.line;
    if (told.mine === false && !lost) say(told.line);
    lost = told.mine === false;
    line.classList.toggle("lost", lost);
    return response.ok;
  };
  const tried = () => renew().catch(() => false);
  setInterval(() => !document.hidden && tried(), EVERY);
  document.addEventListener("visibilitychange", () => !document.hidden && Date.now() - renewed > EVERY && tried());

  // What could not be saved is sent again as soon as Kafka is back, unless somebody goes on typing.
  if (!page.hasAttribute("data-retry")) return;
  const told = document.querySelector("[data-retrying]");
  const button = form.querySelector(`button[name=action][value="${CSS.escape(page.dataset.retry)}"]`);
  let pause = 2000;
  let stopped = !button;
  form.addEventListener("input", () => {
    stopped = true;
    told.textContent = "It is not sent again by itself any more: you are changing it.";
  });
  const again = async () => {
    if (stopped) return;
    if (await tried()) {
      form.requestSubmit(button);
      return;
    }
    pause = Math.min(pause * 1.6, 30_000);
    setTimeout(again, pause);
  };
  told.textContent = "This page tries again by itself.";
  setTimeout(again, pause);
})();
