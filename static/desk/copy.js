/* A button that copies the field before it; where the browser forbids that, the field is marked for Ctrl+C. */
(() => {
  "use strict";

  for (const button of document.querySelectorAll("[data-copy]")) {
    const field = button.previousElementSibling;
    const name = button.textContent;
    button.hidden = false;
    field.addEventListener("focus", () => field.select());
    button.addEventListener("click", async () => {
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
        button.textContent = button.dataset.done;
        setTimeout(() => (button.textContent = name), 2000);
      } catch {
        field.focus();
      }
    });
  }
})();
