/* A click on the picture's preview is the point that every crop keeps. */
(() => {
  "use strict";

  document.addEventListener("DOMContentLoaded", () => {
    const image = document.querySelector("[data-focus]");
    const [x, y] = ["id_focal_x", "id_focal_y"].map((id) => document.getElementById(id));
    if (!image || !x || !y) return;

    const dot = document.createElement("span");
    dot.className = "desk-focus-dot";
    image.after(dot);
    const place = () => {
      dot.style.insetInlineStart = "auto";
      dot.style.left = `${100 * Number(x.value)}%`;
      dot.style.top = `${100 * Number(y.value)}%`;
    };
    image.addEventListener("click", (event) => {
      const box = image.getBoundingClientRect();
      x.value = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)).toFixed(3);
      y.value = Math.min(1, Math.max(0, (event.clientY - box.top) / box.height)).toFixed(3);
      place();
    });
    for (const field of [x, y]) field.addEventListener("input", place);
    place();
  });
})();
