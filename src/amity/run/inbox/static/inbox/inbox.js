// The inbox by keyboard, and a page that knows who else is here. All of it works without this file.
(() => {
  "use strict";
  const one = (selector, from = document) => from.querySelector(selector);
  const typing = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

  // Keys: a control says by data-key which letter stands for it.
  const use = (control) => {
    if (control.matches("input[type=radio]")) {
      control.checked = true;
      one("[data-answer-text]")?.focus();
    } else if (control.matches("summary")) {
      const menu = control.parentElement;
      menu.open = true;
      one("select, input:not([type=hidden]), button, a", menu.lastElementChild)?.focus();
    } else control.click();
  };
  const focusedRow = () => document.activeElement?.closest("[data-inbox-list] tbody tr");
  const doInRow = (value) => {
    const row = focusedRow();
    const form = one("[data-inbox-list]");
    const button = row && one(`button[name=act][value=${value}]`, form);
    if (!button) return false;
    form.querySelectorAll("input[name=ids]").forEach((box) => (box.checked = row.contains(box)));
    form.requestSubmit(button);
    return true;
  };
  const rowKeys = { e: "close", a: "take", s: "snooze" };
  let going = 0; // after g the next letter is a place of the sidebar
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("[data-answer]");
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && form) {
      event.preventDefault();
      const note = one("input[name=kind][value=note]", form).checked;
      form.requestSubmit(one(note ? "[data-note]" : "[data-send]", form));
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || one("dialog[open]")) return;
    if (event.key === "g") going = Date.now();
    else if (Date.now() - going < 1200) going = 0;
    else if (event.key === "z") one("[data-toast] form button")?.click();
    else if (event.key === "o" && focusedRow()) one("a[data-open]", focusedRow())?.click();
    else if (rowKeys[event.key] && doInRow(rowKeys[event.key])) event.preventDefault();
    else if (/^[a-z]$/.test(event.key)) {
      const control = one(`[data-key="${event.key}"]`);
      if (!control) return;
      event.preventDefault();
      use(control);
    }
  });

  // Writing: time is measured while somebody writes, drafts are kept, others are told.
  const form = one("[data-answer]");
  if (!form) return;
  const text = one("[data-answer-text]", form);
  if (!location.hash && document.documentElement.scrollHeight > innerHeight * 1.6) form.scrollIntoView({ block: "end" });
  const minutes = one("[data-minutes]", form);
  const field = (name) => form.elements.namedItem(name);
  const kind = () => one("input[name=kind]:checked", form)?.value || "reply";
  const csrf = field("csrfmiddlewaretoken").value;
  let active = 0;
  let byHand = false;
  let kept = text.value;
  let sent = false;
  const alive = () => (active = Date.now());
  text.addEventListener("input", alive);
  text.addEventListener("focus", alive);
  minutes.addEventListener("input", () => (byHand = true));
  setInterval(() => {
    if (document.hidden || Date.now() - active > 60000) return;
    field("seconds").value = Number(field("seconds").value) + 1;
    if (!byHand) minutes.value = (Math.ceil(field("seconds").value / 6) / 10).toString();
  }, 1000);

  const beat = async () => {
    if (document.hidden || sent) return;
    const now = text.value;
    const changed = now !== kept;
    const body = new FormData();
    body.set("writing", now && Date.now() - active < 15000 ? "1" : "0");
    body.set("version", field("version").value);
    body.set("list", field("list").value);
    if (changed) {
      body.set("text", now);
      body.set("kind", kind());
      body.set("seconds", field("seconds").value);
    }
    try {
      const answer = await fetch(form.dataset.presence, { method: "POST", body, headers: { "X-CSRFToken": csrf }, credentials: "same-origin" });
      if (!answer.ok) return;
      if (changed) kept = now;
      const html = (await answer.text()).trim();
      const box = document.getElementById("present");
      if (!box || box.dataset.last === html) return;
      box.dataset.last = html;
      box.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
    } catch {
      // The next beat tries again; the words stay in the box.
    }
  };
  beat();
  setInterval(beat, 8000);
  text.addEventListener("change", beat);
  document.addEventListener("visibilitychange", beat);
  form.addEventListener("submit", () => (sent = true));
  addEventListener("pagehide", () => {
    if (sent) return;
    const body = new FormData();
    body.set("csrfmiddlewaretoken", csrf);
    if (text.value !== kept) {
      body.set("text", text.value);
      body.set("kind", kind());
      body.set("seconds", field("seconds").value);
    }
    navigator.sendBeacon(form.dataset.leaving, body);
  });

  // Canned replies: a slash at the beginning of a line opens them, letters narrow them down.
  const menu = one("[data-canned]", form);
  if (!menu) return;
  const options = () => [...menu.children].filter((item) => !item.hidden);
  let chosen = 0;
  const asked = () => /(?:^|\n)\/([^\s/]*)$/.exec(text.value.slice(0, text.selectionStart));
  const mark = (index) => {
    const shown = options();
    if (!shown.length) return;
    chosen = (index + shown.length) % shown.length;
    shown.forEach((item, at) => item.setAttribute("aria-selected", at === chosen));
    shown[chosen].scrollIntoView({ block: "nearest" });
    text.setAttribute("aria-activedescendant", shown[chosen].id);
  };
  const close = () => {
    menu.hidden = true;
    text.removeAttribute("aria-activedescendant");
  };
  const narrow = () => {
    const found = asked();
    if (!found) return close();
    const word = found[1].toLowerCase();
    [...menu.children].forEach((item) => (item.hidden = !item.dataset.words.includes(word)));
    menu.hidden = !options().length;
    mark(0);
  };
  const insert = async (id, from, to) => {
    close();
    const body = new FormData();
    body.set("reply_id", id);
    const answer = await fetch(menu.dataset.canned, { method: "POST", body, headers: { "X-CSRFToken": csrf, Accept: "text/plain" }, credentials: "same-origin" });
    if (!answer.ok) return;
    text.setRangeText(await answer.text(), from, to, "end");
    text.focus();
    alive();
  };
  const take = (item) => {
    const found = asked();
    const end = text.selectionStart;
    if (item && found) insert(item.dataset.id, end - found[1].length - 1, end);
  };
  text.addEventListener("input", narrow);
  text.addEventListener("blur", () => setTimeout(close, 150));
  menu.addEventListener("mousedown", (event) => {
    event.preventDefault();
    take(event.target.closest("li"));
  });
  text.addEventListener("keydown", (event) => {
    if (menu.hidden || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowDown") mark(chosen + 1);
    else if (event.key === "ArrowUp") mark(chosen - 1);
    else if (event.key === "Enter" || event.key === "Tab") take(options()[chosen]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  one("[data-insert]", form)?.addEventListener("click", (event) => {
    event.preventDefault();
    const id = field("reply_id").value;
    if (id) insert(id, text.selectionStart, text.selectionEnd);
  });
})();
