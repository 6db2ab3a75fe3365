// The chat of Amity for any site: one file, no dependency, no cookie, nothing inline.
// <script src="…/inbox/chat/widget.js" data-channel="chat" async></script>
(() => {
  "use strict";
  const script = document.currentScript || document.querySelector("script[data-channel][src*='/chat/widget.js']");
  if (!script || window.AmityChat) return;
  const channel = script.dataset.channel || "chat";
  const base = new URL(`${encodeURIComponent(channel)}/`, script.src).href;
  const store = `amity-chat:${channel}`;
  const language = document.documentElement.lang || navigator.language || "";
  const who = { user_id: script.dataset.userId || "", email: script.dataset.email || "", name: script.dataset.name || "", hash: script.dataset.hash || "" };

  // What is kept between pages: the token, for whom it is, and the number of the last message.
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem(store)) || {};
  } catch {
    kept = {};
  }
  const keep = (values) => {
    kept = { ...kept, ...values };
    try {
      localStorage.setItem(store, JSON.stringify(kept));
    } catch {
      // Without storage the chat lasts as long as the page.
    }
  };
  const claim = () => (who.hash ? `${who.user_id || who.email}:${who.hash}` : "");
  const forget = () => {
    kept = {};
    try {
      localStorage.removeItem(store);
    } catch {
      // See above.
    }
  };

  class Refused extends Error {
    constructor(status, sentence) {
      super(sentence);
      this.status = status;
    }
  }
  const call = async (noun, given, signal) => {
    const isForm = given instanceof FormData;
    const answer = await fetch(`${base}${noun}/`, {
      method: "POST",
      mode: "cors",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal,
      // A plain text body needs no preflight.
      headers: isForm ? {} : { "Content-Type": "text/plain" },
      body: isForm ? given : JSON.stringify({ language, ...given }),
    });
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refused(answer.status, body.error || "");
    return body;
  };

  const style = (accent, ink) => `
:host{all:initial;--a:${accent};--i:${ink};--bg:#fff;--soft:#f3f2ee;--fg:#1f2328;--mut:#565b64;--line:#85857e;--bad:#a8201a;color-scheme:light;position:fixed;z-index:2147483000;inset-block-end:20px;inset-inline-end:20px;font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif;color:var(--fg)}
*{box-sizing:border-box}[hidden]{display:none!important}
button,input,textarea{font:inherit;color:inherit}
:focus-visible{outline:3px solid var(--f,var(--a));outline-offset:2px}
.launch{position:relative;display:grid;place-items:center;width:56px;height:56px;border:1px solid var(--i);border-radius:50%;background:var(--a);color:var(--i);cursor:pointer;box-shadow:0 4px 16px rgb(0 0 0/25%)}
.badge{position:absolute;inset-block-start:-4px;inset-inline-end:-4px;min-width:22px;padding:0 6px;border-radius:11px;background:var(--bad);color:#fff;font-size:13px;font-weight:600;line-height:22px}
.panel{position:absolute;inset-block-end:68px;inset-inline-end:0;display:flex;flex-direction:column;width:370px;max-width:calc(100vw - 40px);height:min(600px,calc(100dvh - 110px));background:var(--bg);border:1px solid var(--line);border-radius:12px;overflow:hidden;box-shadow:0 8px 32px rgb(0 0 0/24%)}
header{display:flex;gap:8px;align-items:center;padding:10px 8px 10px 16px;background:var(--a);color:var(--i)}
header h2{flex:1;margin:0;font-size:16px;font-weight:600;overflow-wrap:anywhere}
header button{display:grid;place-items:center;width:44px;height:44px;border:0;border-radius:8px;background:none;color:inherit;cursor:pointer;--f:var(--i)}
.log{flex:1;min-height:0;overflow-y:auto;padding:12px 16px;overscroll-behavior:contain}
.log:focus-visible{outline-offset:-3px}
.state{margin:0 0 12px;color:var(--mut);font-size:13.5px}
.card{margin:0 0 12px;padding:12px;border:1px solid var(--line);border-radius:10px}.card p{margin:0 0 8px}
ol{list-style:none;margin:0;padding:0}
li{max-width:86%;width:fit-content;margin:0 0 10px;padding:8px 12px;border-radius:12px;background:var(--soft);overflow-wrap:anywhere;white-space:pre-wrap}
li.mine{margin-inline-start:auto;background:var(--a);color:var(--i)}
li.mine a{color:inherit}
li small{display:block;font-size:12.5px;color:var(--mut);white-space:normal}
li.mine small{color:inherit}
li.failed{background:var(--bg);color:var(--fg);border:1px dashed var(--bad)}
a{color:inherit;text-decoration:underline}
.text{padding:6px 0;border:0;background:none;text-decoration:underline;cursor:pointer;text-align:start}
.foot{padding:8px 12px 12px;border-block-start:1px solid var(--line)}
.field{display:block;margin:0 0 8px;font-size:13.5px}
input:not([type=file]),textarea{display:block;width:100%;margin-block-start:2px;padding:9px 10px;border:1px solid var(--line);border-radius:8px;background:var(--bg);font-size:16px}
textarea{resize:none;min-height:44px;max-height:140px}
.row{display:flex;gap:8px;align-items:end}.row label:first-child{flex:1}
.go{min-height:44px;padding:0 16px;border:1px solid var(--i);border-radius:8px;background:var(--a);color:var(--i);font-weight:600;cursor:pointer}
.go.plain{background:var(--bg);color:var(--fg);border-color:var(--line)}
.clip{display:grid;place-items:center;width:44px;height:44px;border-radius:8px;cursor:pointer}.clip:focus-within{outline:3px solid var(--a)}
.err{margin:0 0 8px;color:var(--bad);font-size:13.5px}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
svg{width:24px;height:24px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
@media (prefers-color-scheme:dark){:host{--bg:#1b1e24;--soft:#2a2f38;--fg:#e9e7e2;--mut:#a6abb5;--line:#7b818d;--bad:#ff9a8d;--f:#fff;color-scheme:dark}.badge{color:#14161a}}
@media (max-width:480px){:host(.is-open){inset:0}.panel{position:fixed;inset:0;width:auto;max-width:none;height:100dvh;border:0;border-radius:0}:host(.is-open) .launch{display:none}}
@media (prefers-reduced-motion:no-preference){.launch{transition:transform .12s}.launch:hover{transform:scale(1.05)}}
@media (forced-colors:active){.launch,.go,li{border:1px solid}}
@media print{:host{display:none}}`;

  const NS = "http://www.w3.org/2000/svg";
  const icon = (...paths) => {
    const svg = document.createElementNS(NS, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    for (const d of paths) {
      const path = document.createElementNS(NS, "path");
      path.setAttribute("d", d);
      svg.append(path);
    }
    return svg;
  };
  const make = (tag, given = {}, ...inside) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(given)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value === true) node.setAttribute(name, "");
      else if (value !== false && value !== null) node.setAttribute(name, value);
    }
    node.append(...inside);
    return node;
  };
  const linked = (text) => {
    const parts = document.createDocumentFragment();
    let last = 0;
    for (const found of text.matchAll(/https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g)) {
      parts.append(text.slice(last, found.index), make("a", { href: found[0], target: "_blank", rel: "noopener noreferrer nofollow" }, found[0]));
      last = found.index + found[0].length;
    }
    parts.append(text.slice(last));
    return parts;
  };
  const number = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, "0")).join("");

  let begun = null;
  let parts = null;
  let isOpen = false;
  let wantsPerson = false;
  let mark = 0;
  let last = 0;
  let unread = 0;
  let waiting = null;
  let following = false;
  let lastNews = Date.now();
  const shown = new Set();
  const pending = new Map();

  const begin = async () => {
    if ((kept.claim || "") !== claim()) forget();
    const fresh = await call("beginning", { token: kept.token || "" });
    if (kept.token && !fresh.known) forget();
    begun = fresh;
    if (who.hash && !kept.token) {
      await session();
      begun = await call("beginning", { token: kept.token });
    }
  };
  const session = async () => {
    if (kept.token) return;
    const made = await call("session", who);
    keep({ token: made.token, claim: claim(), read: 0 });
    begun.talking = begun.talking || made.talking;
    begun.email = begun.email || made.email;
  };

  const draw = () => {
    const w = begun.words;
    const host = make("div", { "data-amity-chat": true, dir: begun.right_to_left ? "rtl" : "ltr", lang: language || null });
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style(begun.accent, begun.ink));
    root.adoptedStyleSheets = [sheet];
    const badge = make("span", { class: "badge", hidden: true });
    const launch = make("button", { class: "launch", type: "button", "aria-haspopup": "dialog", "aria-expanded": "false", "aria-label": w.open, onclick: () => (isOpen ? close() : open()) }, icon("M4 5h16v11H9l-5 4z"), badge);
    const list = make("ol");
    const state = make("p", { class: "state" });
    const card = make("div", { class: "card", hidden: true });
    const writing = make("p", { class: "state", hidden: true }, w.writing);
    const log = make("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": w.log, tabindex: "0" }, state, card, list, writing);
    const err = make("p", { class: "err", role: "alert", hidden: true });
    const email = make("input", { type: "email", name: "email", autocomplete: "email", maxlength: "254" });
    const emailField = make("label", { class: "field" }, w.email, email, make("span", { class: "why" }, w.email_why));
    const text = make("textarea", { name: "text", rows: "1", maxlength: "5000", onkeydown: onKey, oninput: grow });
    const file = make("input", { class: "sr", type: "file", multiple: true, "aria-label": w.attach, onchange: chosen });
    const files = make("p", { class: "state", hidden: true });
    const clip = make("label", { class: "clip", title: w.attach }, icon("M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7l-8.4 8.4a1.7 1.7 0 0 1-2.4-2.4L14.500 7"), file);
    const copy = make("button", { class: "text", type: "button", hidden: true, onclick: transcript }, w.transcript);
    const form = make("form", { class: "foot", novalidate: true, onsubmit: send }, err, emailField, files,
      make("div", { class: "row" }, make("label", { class: "field" }, make("span", { class: "sr" }, w.write), text), clip, make("button", { class: "go", type: "submit" }, w.send)), copy);
    const panel = make("div", { class: "panel", role: "dialog", "aria-modal": "false", "aria-label": w.title, id: "panel", hidden: true, onkeydown: onPanelKey },
      make("header", {}, make("h2", {}, begun.name || begun.company), make("button", { type: "button", "aria-label": w.close, onclick: close }, icon("M6 6l12 12", "M18 6L6 18"))), log, form);
    launch.setAttribute("aria-controls", "panel");
    text.placeholder = w.write;
    root.append(panel, launch);
    document.body.append(host);
    parts = { host, root, badge, launch, list, state, card, writing, log, err, email, emailField, text, file, files, form, panel, copy };
    tell();
  };

  // What stands above the messages: greeting, hours or wait, and the help that comes first.
  const tell = () => {
    const w = begun.words;
    parts.state.textContent = [begun.greeting, begun.open ? begun.wait : begun.hours].filter(Boolean).join("\n\n");
    parts.state.replaceChildren(...[begun.greeting, begun.open ? begun.wait : begun.hours].filter(Boolean).flatMap((one, place) => (place ? [make("br"), one] : [one])));
    const help = !begun.talking && begun.help;
    parts.card.hidden = !help;
    if (help) {
      parts.card.replaceChildren(make("p", {}, make("strong", {}, w.help)), make("p", {}, linked(help.text || "")));
      if (/^https?:/.test(help.url)) parts.card.append(make("p", {}, make("a", { href: help.url, target: "_blank", rel: "noopener" }, w.read)));
      if (help.person && !wantsPerson) parts.card.append(make("button", { class: "go plain", type: "button", onclick: askPerson }, w.person));
    }
    parts.emailField.hidden = begun.email || (begun.open && begun.talking);
    parts.email.required = !begun.open && !begun.email;
    parts.copy.hidden = !begun.talking || !parts.list.querySelector(".theirs");
  };
  const askPerson = () => {
    wantsPerson = true;
    tell();
    parts.text.focus();
  };

  const bubble = (it) => {
    const w = begun.words;
    const node = make("li", { class: it.ours ? "theirs" : "mine" }, make("span", { class: it.ours && it.name ? "" : "sr" }, make("small", {}, it.ours ? it.name || begun.company : w.you)), linked(it.text));
    for (const one of it.files || []) node.append(make("small", {}, make("a", { href: one.url, rel: "noopener" }, one.name)));
    const at = new Date(it.at);
    node.append(make("small", {}, make("time", { datetime: it.at }, at.toLocaleTimeString(language || [], { hour: "2-digit", minute: "2-digit" }))));
    return node;
  };
  const take = (news) => {
    mark = news.mark;
    const atEnd = parts.log.scrollHeight - parts.log.scrollTop - parts.log.clientHeight < 80;
    for (const it of news.messages) {
      last = Math.max(last, it.id);
      if (shown.has(it.id)) continue;
      shown.add(it.id);
      lastNews = Date.now();
      const own = it.number && pending.get(it.number);
      if (own) {
        pending.delete(it.number);
        own.replaceWith(bubble(it));
      } else parts.list.append(bubble(it));
      if (it.ours && !isOpen && it.id > (kept.read || 0)) unread += 1;
    }
    if (news.messages.length) begun.talking = true;
    parts.writing.hidden = !news.writing;
    if (isOpen && last > (kept.read || 0)) keep({ read: last });
    count();
    tell();
    if (atEnd || news.messages.some((it) => !it.ours)) parts.log.scrollTop = parts.log.scrollHeight;
  };
  const count = () => {
    if (isOpen) unread = 0;
    parts.badge.hidden = !unread;
    parts.badge.textContent = unread || "";
    parts.launch.setAttribute("aria-label", isOpen ? begun.words.close : unread ? `${begun.words.open}, ${begun.words.unread.replace("%s", unread)}` : begun.words.open);
  };

  // News: one request that waits, never two; quiet while the page is hidden or nothing happens.
  const isWanted = () => kept.token && begun.talking && !document.hidden && (isOpen || Date.now() - lastNews < 1800000);
  const follow = async () => {
    if (following) return;
    following = true;
    let pause = 1000;
    while (isWanted()) {
      let rest = 50;
      try {
        waiting = new AbortController();
        // Asked for at once where it was not seen before that it arrived.
        const news = await call("updates", { token: kept.token, mark, last: isOpen || !unread ? last : kept.read || 0, wait: true }, waiting.signal);
        pause = 1000;
        complain("");
        take(news);
        if (news.again) rest = news.again * 1000;
      } catch (error) {
        if (error.name === "AbortError") break;
        if (error.status === 401) {
          forget();
          begun.talking = false;
          break;
        }
        if (isOpen) complain(begun.words.offline);
        pause = Math.min(pause * 2, 60000);
        rest = pause * (0.75 + Math.random() / 2);
      }
      await new Promise((wake) => setTimeout(wake, rest));
    }
    following = false;
    if (isWanted()) follow();
  };

  const complain = (sentence) => {
    parts.err.textContent = sentence;
    parts.err.hidden = !sentence;
  };
  const chosen = () => {
    const many = [...parts.file.files];
    const tooLarge = many.some((one) => one.size > begun.files.bytes) || many.length > begun.files.most;
    if (tooLarge) parts.file.value = "";
    complain(tooLarge ? begun.words.too_large : "");
    parts.files.hidden = tooLarge || !many.length;
    parts.files.textContent = tooLarge ? "" : many.map((one) => one.name).join(", ");
  };
  function grow() {
    parts.text.rows = Math.min(5, parts.text.value.split("\n").length);
  }
  function onKey(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    parts.form.requestSubmit();
  }
  async function send(event) {
    event.preventDefault();
    const words = parts.text.value.trim();
    const many = [...parts.file.files];
    if (!words && !many.length) return parts.text.focus();
    if (!parts.emailField.hidden && !parts.email.checkValidity()) {
      complain(`${begun.words.email}: ${parts.email.validationMessage}`);
      return parts.email.focus();
    }
    const given = { text: words, number: number(), email: parts.emailField.hidden ? "" : parts.email.value.trim(), person: wantsPerson };
    const node = bubble({ ours: false, text: words, at: new Date().toISOString(), files: many.map((one) => ({ name: one.name, url: "#" })) });
    node.append(make("small", {}, begun.words.sending));
    pending.set(given.number, node);
    parts.list.append(node);
    parts.text.value = "";
    parts.file.value = "";
    chosen();
    grow();
    parts.log.scrollTop = parts.log.scrollHeight;
    deliver(given, many, node);
  }
  const deliver = async (given, many, node) => {
    complain("");
    try {
      await session();
      let body = { token: kept.token, last, ...given };
      if (many.length) {
        const form = new FormData();
        for (const [name, value] of Object.entries({ language, ...body, person: given.person ? "1" : "" })) form.set(name, value);
        for (const one of many) form.append("files", one);
        body = form;
      }
      const news = await call("messages", body);
      if (given.email) begun.email = true;
      lastNews = Date.now();
      take(news);
      follow();
    } catch (error) {
      if (error.status === 401) forget();
      node.classList.add("failed");
      node.lastChild.replaceWith(make("small", {}, `${begun.words.failed} ${error.status ? error.message : ""} `, make("button", { class: "text", type: "button", onclick: () => again(given, many, node) }, begun.words.retry)));
      complain(error.status ? error.message : begun.words.offline);
      if (error.status === 422 && !begun.email) {
        parts.emailField.hidden = false;
        parts.email.focus();
      }
    }
  };
  const again = (given, many, node) => {
    node.classList.remove("failed");
    node.lastChild.replaceWith(make("small", {}, begun.words.sending));
    deliver({ ...given, email: given.email || parts.email.value.trim() }, many, node);
  };
  async function transcript() {
    try {
      await call("transcript", { token: kept.token, email: parts.email.value.trim() });
      parts.copy.textContent = begun.words.transcript_sent;
    } catch (error) {
      complain(error.message);
      if (!begun.email) {
        parts.emailField.hidden = false;
        parts.email.focus();
      }
    }
  }

  const isNarrow = () => matchMedia("(max-width:480px)").matches;
  function onPanelKey(event) {
    event.stopPropagation(); // keys of the page under it stay quiet
    if (event.key === "Escape") close();
    if (event.key !== "Tab" || !isNarrow()) return;
    const stops = [...parts.panel.querySelectorAll("button,input,textarea,a[href],[tabindex='0']")].filter((one) => one.offsetParent !== null);
    const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
    if (parts.root.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? stops[stops.length - 1] : stops[0]).focus();
  }
  function open() {
    isOpen = true;
    parts.panel.hidden = false;
    parts.panel.setAttribute("aria-modal", String(isNarrow()));
    parts.host.classList.add("is-open");
    parts.launch.setAttribute("aria-expanded", "true");
    count();
    if (last) keep({ read: last });
    (parts.emailField.hidden || begun.open ? parts.text : parts.email).focus();
    parts.log.scrollTop = parts.log.scrollHeight;
    lastNews = Date.now();
    follow();
  }
  function close() {
    isOpen = false;
    parts.panel.hidden = true;
    parts.host.classList.remove("is-open");
    parts.launch.setAttribute("aria-expanded", "false");
    count();
    parts.launch.focus();
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) waiting?.abort();
    else if (parts) follow();
  });
  const start = async () => {
    await begin();
    if (parts) parts.host.remove();
    draw();
    if (begun.talking) {
      take(await call("updates", { token: kept.token, last: 0 }));
      follow();
    }
  };
  const ready = new Promise((done) => (document.body ? done() : addEventListener("DOMContentLoaded", done, { once: true })))
    .then(start)
    .catch((error) => console.warn("Amity chat:", error.message || error));
  window.AmityChat = {
    open: () => ready.then(() => parts && !isOpen && open()),
    close: () => ready.then(() => parts && isOpen && close()),
    signOut: () => {
      waiting?.abort();
      Object.assign(who, { user_id: "", email: "", name: "", hash: "" });
      forget();
      shown.clear();
      [mark, last, unread, isOpen] = [0, 0, 0, false];
      return start();
    },
  };
})();
