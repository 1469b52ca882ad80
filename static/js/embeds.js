/* A film or a sound from elsewhere is loaded when the reader asks for it, and not before: until then it is a link. */
(() => {
  "use strict";
  for (const link of document.querySelectorAll("[data-embed]")) {
    link.addEventListener("click", (event) => {
      if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      const frame = document.createElement("iframe");
      frame.src = link.dataset.embed;
      frame.title = link.dataset.title;
      frame.allow = "autoplay; encrypted-media; fullscreen; picture-in-picture";
      frame.referrerPolicy = "strict-origin-when-cross-origin"; // some refuse to play for nobody
      frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-popups allow-presentation");
      link.replaceWith(frame);
      frame.focus();
    });
  }
})();
