// What every page can do beyond HTML: theme, menus, toasts, shortcuts, palette. All of it is comfort:
// each page works without this file.
(() => {
  "use strict";
  const root = document.documentElement;
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
  const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

  // Theme: switch at once, tell the server behind it.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-theme-form]");
    const button = event.submitter;
    if (!form || !button) return;
    event.preventDefault();
    if (button.value) root.dataset.theme = button.value;
    else delete root.dataset.theme;
    all("button", form).forEach((other) => other.toggleAttribute("aria-current", other === button));
    const data = new FormData(form, button);
    fetch(form.action, { method: "POST", body: data, credentials: "same-origin", redirect: "manual" });
    document.dispatchEvent(new CustomEvent("amity:theme"));
  });

  // Menus close when the pointer or the focus leaves them, and on Escape.
  const openMenus = () => all("details[data-menu][open]");
  document.addEventListener("click", (event) => {
    openMenus().forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
  });
  document.addEventListener("focusin", (event) => {
    openMenus().forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
  });

  // Toasts go by themselves, unless somebody is at them.
  const settle = (toast) => {
    const close = () => (toast.matches(":hover, :focus-within") ? setTimeout(close, 2000) : toast.remove());
    setTimeout(close, one("form", toast) ? 10000 : 5000);
  };
  all("[data-toast]").forEach(settle);
  const box = one("[data-toasts]");
  if (box) {
    new MutationObserver((changes) =>
      changes.forEach((change) =>
        change.addedNodes.forEach((node) => node.matches?.("[data-toast]") && settle(node)),
      ),
    ).observe(box, { childList: true });
  }

  // The palette asks the same address that is a page without JavaScript.
  const palette = one("dialog[data-palette]");
  if (palette) {
    const input = one("input", palette);
    const list = one("ul", palette);
    let chosen = 0;
    let running = null;
    const options = () => all("li", list);
    const mark = (index) => {
      const items = options();
      if (!items.length) return input.removeAttribute("aria-activedescendant");
      chosen = (index + items.length) % items.length;
      items.forEach((item, at) => item.setAttribute("aria-selected", at === chosen));
      items[chosen].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", items[chosen].id);
    };
    const use = (name) => {
      const sprite = one("svg use")?.getAttribute("href").split("#")[0];
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("class", "icon");
      svg.setAttribute("aria-hidden", "true");
      const inner = document.createElementNS("http://www.w3.org/2000/svg", "use");
      inner.setAttribute("href", `${sprite}#${name}`);
      svg.append(inner);
      return svg;
    };
    const show = (results) => {
      list.replaceChildren(
        ...results.map((result, index) => {
          const item = document.createElement("li");
          item.id = `palette-${index}`;
          item.setAttribute("role", "option");
          item.dataset.href = result.url;
          item.append(use(result.icon || "point"), document.createTextNode(result.label));
          const hint = document.createElement("span");
          hint.className = "palette-hint";
          hint.textContent = result.hint || "";
          item.append(hint);
          return item;
        }),
      );
      mark(0);
    };
    const ask = async () => {
      running?.abort();
      running = new AbortController();
      const address = `${palette.dataset.url}?q=${encodeURIComponent(input.value)}`;
      try {
        const answer = await fetch(address, { headers: { Accept: "application/json" }, signal: running.signal });
        if (answer.ok) show((await answer.json()).results);
      } catch (error) {
        if (error.name !== "AbortError") show([]);
      }
    };
    let waiting = 0;
    input.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(ask, 120);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") mark(chosen + 1);
      else if (event.key === "ArrowUp") mark(chosen - 1);
      else if (event.key === "Enter") go(options()[chosen]);
      else return;
      event.preventDefault();
    });
    const go = (item) => item && (location.href = item.dataset.href);
    list.addEventListener("click", (event) => go(event.target.closest("li")));
    palette.addEventListener("click", (event) => event.target === palette && palette.close());
    const open = (text) => {
      input.value = text || "";
      palette.showModal();
      input.focus();
      ask();
    };
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
        event.preventDefault();
        palette.open ? palette.close() : open();
      }
    });
    all("[data-palette-key]").forEach((key) => (key.textContent = isMac ? "⌘ K" : "Ctrl K"));
  }

  // Shortcuts: single letters, never while somebody types, never with a modifier.
  const keys = one("dialog[data-keys]");
  const showKeys = () => keys?.showModal();
  all("[data-help]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", showKeys);
  });
  keys?.addEventListener("click", (event) => event.target === keys && keys.close());
  let going = 0;
  const step = (by) => {
    const rows = all("[data-rows] tbody tr").filter((row) => one("a[data-open]", row));
    if (!rows.length) return;
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
    const link = one("a[data-open]", next);
    link.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") openMenus().forEach((menu) => { menu.removeAttribute("open"); one("summary", menu).focus(); });
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || one("dialog[open]")) return;
    const now = Date.now();
    if (now - going < 1200) {
      going = 0;
      const entry = all("[data-go]").find((link) => link.dataset.go === event.key);
      if (entry) location.href = entry.href;
      return;
    }
    const actions = {
      "?": showKeys,
      g: () => (going = now),
      "/": () => (one("[data-search]") || one(".topbar-search input"))?.focus(),
      j: () => step(1),
      k: () => step(-1),
      x: () => one("input[type=checkbox]", event.target.closest("tr") ?? document.createElement("i"))?.click(),
    };
    if (actions[event.key]) {
      event.preventDefault();
      actions[event.key]();
    }
  });
})();
