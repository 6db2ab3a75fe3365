// Rows of a draft may be dragged; the two arrow buttons of each row are the keyboard twin.
(() => {
  const body = document.querySelector("[data-canvas] tbody");
  if (body && body.querySelector(".cv-move")) {
    let dragged = null;
    for (const row of body.rows) {
      const name = row.querySelector(".cv-segment");
      name.draggable = true;
      name.addEventListener("dragstart", (event) => {
        dragged = row;
        row.classList.add("is-dragged");
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", row.dataset.row);
      });
      name.addEventListener("dragend", () => row.classList.remove("is-dragged"));
      row.addEventListener("dragover", (event) => dragged && event.preventDefault());
      row.addEventListener("drop", (event) => {
        event.preventDefault();
        if (!dragged || dragged === row) return;
        const form = dragged.querySelector(".cv-move");
        const place = document.createElement("input");
        place.type = "hidden";
        place.name = "place";
        place.value = String([...body.rows].indexOf(row) + 1);
        form.append(place);
        form.submit();
      });
    }
  }
  const close = document.querySelector("[data-cv-close]");
  if (close) {
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]")) close.click();
    });
  }
})();
