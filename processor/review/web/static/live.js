// Keeps a page fresh without reloading: counts, "12 new", rows that others have taken or decided.
"use strict";
(() => {
  if (!window.EventSource || !document.getElementById("waiting")) return;
  const rows = () => [...document.querySelectorAll("#rows > li[data-ref]")];
  let source = null;
  let later = 0;

  const address = () => {
    const query = new URLSearchParams(document.body.dataset.live ?? "");
    const refs = rows().map((each) => each.dataset.ref);
    if (document.body.dataset.liveRefs) refs.push(document.body.dataset.liveRefs);
    if (refs.length) query.set("refs", refs.join(","));
    return `/live?${query}`;
  };

  const write = (element, text) => {
    if (element && element.textContent !== text) element.textContent = text;
  };

  const news = (number) => {
    const line = document.getElementById("news");
    if (!line || !number) return;
    write(line.querySelector("span"), `${number.toLocaleString("en")} new.`);
    line.hidden = false;
  };

  const mark = (row, message) => {
    const held = row.querySelector("[data-held]");
    const by = message.held[row.dataset.ref];
    const gone = message.gone.includes(row.dataset.ref);
    row.classList.toggle("gone", gone);
    if (held) {
      write(held, gone ? "decided" : by ? `${by} has it` : "");
      held.hidden = !gone && !by;
    }
    const box = row.querySelector("input[name=ref]");
    if (box && gone && !box.disabled) {
      box.checked = false;
      box.disabled = true;
      box.dispatchEvent(new Event("change", { bubbles: true }));
    }
  };

  const take = (message) => {
    write(document.getElementById("waiting"), message.open.toLocaleString("en"));
    for (const each of document.querySelectorAll("[data-count]")) {
      const number = message.counts[each.dataset.count]?.[each.dataset.value] ?? 0;
      write(each, number.toLocaleString("en"));
    }
    news(message.new);
    for (const each of rows()) mark(each, message);
    // The item's page listens to this.
    document.dispatchEvent(new CustomEvent("untuned:live", { detail: message }));
  };

  const hush = () => {
    clearTimeout(later);
    source?.close();
    source = null;
  };
  // A lost connection comes back by itself; where the server refused it (it is full, or restarts behind a proxy), the
  // page asks again now and then, and not all pages at once.
  const failed = () => {
    if (source?.readyState !== EventSource.CLOSED) return;
    hush();
    later = setTimeout(listen, 60000 + 30000 * Math.random());
  };
  // A browser allows few connections to one server: only pages that are seen have one.
  const listen = () => {
    if (source) return;
    clearTimeout(later);
    source = new EventSource(address());
    source.addEventListener("message", (event) => take(JSON.parse(event.data)));
    source.addEventListener("over", hush); // for a newer page: this one goes on when somebody turns to it
    source.addEventListener("error", failed);
  };
  const seen = () => document.hidden || listen();
  document.addEventListener("visibilitychange", () => (document.hidden ? hush() : listen()));
  window.addEventListener("pagehide", hush);
  window.addEventListener("pageshow", seen);
  window.addEventListener("focus", seen);
})();
