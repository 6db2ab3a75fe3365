// Selecting in lists. Without this file the bar with the actions is simply always there.
(() => {
  "use strict";
  const update = (form) => {
    const boxes = [...form.querySelectorAll("input[type=checkbox][name=ids]")];
    const count = boxes.filter((box) => box.checked).length;
    const everything = form.querySelector("[data-bulk-everything]");
    const bar = form.querySelector("[data-bulk-bar]");
    const text = form.querySelector("[data-bulk-text]");
    const head = form.querySelector("[data-check-all]");
    boxes.forEach((box) => box.closest("tr")?.classList.toggle("is-selected", box.checked));
    if (head) {
      head.checked = count > 0 && count === boxes.length;
      head.indeterminate = count > 0 && count < boxes.length;
    }
    if (everything) {
      everything.closest("label").hidden = count < boxes.length;
      if (count < boxes.length) everything.checked = false;
    }
    if (bar) bar.hidden = count === 0;
    if (text) text.textContent = count === 1 ? text.dataset.one : text.dataset.many.replace("{n}", count.toLocaleString());
  };
  const start = (root) => root.querySelectorAll("form[data-bulk]").forEach(update);
  let last = null;
  document.addEventListener("click", (event) => {
    const box = event.target.closest("form[data-bulk] input[type=checkbox]");
    if (!box) return;
    const form = box.form;
    const boxes = [...form.querySelectorAll("input[type=checkbox][name=ids]")];
    if (box.matches("[data-check-all]")) boxes.forEach((other) => (other.checked = box.checked));
    else if (event.shiftKey && last && boxes.includes(last)) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      boxes.slice(from, to + 1).forEach((other) => (other.checked = box.checked));
    }
    if (box.name === "ids") last = box;
    update(form);
  });
  document.addEventListener("htmx:after:swap", () => start(document));
  // Answers of the browser's own history come back with their ticks.
  window.addEventListener("pageshow", () => start(document));
  start(document);
})();
