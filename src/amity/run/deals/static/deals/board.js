// Cards are dragged from stage to stage with a mouse. A drop sends the form of the card's own menu,
// which does the same by touch, by keyboard and without this file.
(() => {
  "use strict";
  const board = document.querySelector("[data-deal-board]");
  if (!board || !matchMedia("(hover: hover) and (pointer: fine)").matches) return;
  let dragged = null;

  const moveOf = (card, stage) => {
    const field = card?.querySelector(`form input[name=stage][value="${CSS.escape(stage)}"]`);
    return field ? field.form : null;
  };
  const columnOf = (event) => {
    const column = event.target.closest?.("[data-stage]");
    return column && moveOf(dragged, column.dataset.stage) ? column : null;
  };
  const mark = (column) => {
    board.querySelectorAll(".is-target").forEach((one) => one !== column && one.classList.remove("is-target"));
    column?.classList.add("is-target");
  };

  board.querySelectorAll(".deal-card").forEach((card) => {
    if (card.querySelector("form input[name=stage]")) card.draggable = true;
  });
  board.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.(".deal-card[draggable=true]") ?? null;
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.querySelector(".deal-title").textContent);
    dragged.classList.add("is-dragged");
  });
  board.addEventListener("dragover", (event) => {
    const column = columnOf(event);
    mark(column);
    if (column) event.preventDefault();
  });
  board.addEventListener("drop", (event) => {
    const column = columnOf(event);
    if (!column) return;
    event.preventDefault();
    moveOf(dragged, column.dataset.stage).requestSubmit();
  });
  board.addEventListener("dragend", () => {
    dragged?.classList.remove("is-dragged");
    mark(null);
    dragged = null;
  });
})();
