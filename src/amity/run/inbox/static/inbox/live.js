// Pages of the inbox that follow what happens, without touching what is being written.
(() => {
  "use strict";
  const page = document.querySelector("[data-live]");
  if (!page || !window.fetch) return;
  const key = page.dataset.live;
  let mark = page.dataset.mark;
  let pause = 1000;
  let stopped = null; // of the request that waits

  const swap = (fresh, selector) => {
    const old = document.querySelector(selector);
    const young = fresh.querySelector(selector);
    if (old && young) old.replaceWith(document.importNode(young, true));
  };
  const isBusy = (list) => list.querySelector("input:checked, details[open]") || (list.contains(document.activeElement) && document.activeElement.matches("input, select, textarea, button, summary"));
  const show = (fresh) => {
    const list = document.getElementById("list");
    if (key === "0") {
      if (!list || isBusy(list)) return false;
      const href = document.activeElement?.closest?.("#list a")?.getAttribute("href");
      swap(fresh, "#list");
      if (href) document.querySelector(`#list a[href="${CSS.escape(href)}"]`)?.focus();
      return true;
    }
    const atEnd = innerHeight + scrollY > document.documentElement.scrollHeight - 240;
    if (document.activeElement?.closest?.(".inbox-story")) return false;
    swap(fresh, ".inbox-story");
    swap(fresh, ".inbox-head");
    const version = document.querySelector("[data-answer] input[name=version]");
    const young = fresh.querySelector("[data-answer] input[name=version]");
    if (version && young) version.value = young.value;
    if (atEnd) scrollTo({ top: document.documentElement.scrollHeight });
    return true;
  };
  const update = async (now) => {
    const answer = await fetch(location.href, { credentials: "same-origin", headers: { "X-Live": "1" } });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const before = document.querySelectorAll(".inbox-message").length;
    if (!show(fresh)) return;
    mark = now;
    const told = document.querySelector("[data-live-told]");
    if (told && document.querySelectorAll(".inbox-message").length > before) told.textContent = told.dataset.liveTold;
  };
  const ask = async () => {
    stopped = new AbortController();
    const answer = await fetch(`${page.dataset.news}?mark=${mark}`, { credentials: "same-origin", signal: stopped.signal });
    if (answer.redirected || answer.status === 403) return 60000;
    if (!answer.ok) throw new Error(answer.status);
    const news = await answer.json();
    if (String(news.mark) !== String(mark)) await update(news.mark);
    pause = 1000;
    if (news.again) return news.again * 1000;
    return String(news.mark) === String(mark) ? 50 : 5000; // later, where somebody is at work in it
  };
  const go = async () => {
    for (;;) {
      let rest;
      if (document.hidden) await new Promise((wake) => document.addEventListener("visibilitychange", wake, { once: true }));
      try {
        rest = await ask();
      } catch {
        rest = pause = Math.min(pause * 2, 60000);
      }
      await new Promise((wake) => setTimeout(wake, rest));
    }
  };
  document.addEventListener("visibilitychange", () => document.hidden && stopped?.abort());
  go();
})();
