/* A click on a picture of the library hands it to the story's editor that opened this window. */
(() => {
  "use strict";

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-choose]");
    if (!button || !window.opener) return;
    window.opener.postMessage({ picture: JSON.parse(button.dataset.choose) }, window.location.origin);
    window.close();
  });
})();
