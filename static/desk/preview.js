/* The preview beside the form: a moment after the last change the form is sent as it stands, and the page that comes
   back is shown as a reader would see it. Nothing is saved by it. */
(() => {
  "use strict";

  const PAUSE = 900;
  const WIDTHS = { phone: 375, tablet: 768, desktop: 1280 };
  const KEPT = "newsroom-preview-width";

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  function start() {
    const button = document.querySelector("[data-preview]");
    const form = document.getElementById("article_form");
    if (!button || !form) return;
    const words = button.dataset;
    const status = element("p", { class: "preview-status", role: "status" });
    // Scripts, forms and new windows stay off in it: it can be read and scrolled, and leads nowhere. It is of this
    // origin, so that its fonts load and its place on the page can be kept.
    const frame = element("iframe", { sandbox: "allow-same-origin", title: words.title });
    const stage = element("div", { class: "preview-stage" }, frame);
    const widths = element("div", { class: "preview-widths", role: "group", "aria-label": words.width });
    const close = element("button", { type: "button", class: "preview-close", "aria-label": words.close }, "×");
    const head = element("div", { class: "preview-bar" }, widths, status, close);
    const pane = element("section", { class: "preview-pane", "aria-label": words.title, hidden: "" }, head, stage);
    document.body.append(pane);

    let width = 0;
    let timer = 0;
    let asked = null;
    let shown = "";

    function fit() {
      const room = stage.clientWidth;
      if (!room || !width) return;
      const scale = Math.min(1, room / width);
      stage.style.setProperty("--width", `${width}px`);
      stage.style.setProperty("--scale", scale);
      stage.style.setProperty("--height", `${stage.clientHeight / scale}px`);
    }

    function choose(name) {
      width = WIDTHS[name];
      for (const choice of widths.children) choice.setAttribute("aria-pressed", String(choice.value === name));
      try {
        localStorage.setItem(KEPT, name);
      } catch {} // the browser keeps nothing: the next visit begins with the phone
      fit();
    }

    function fields() {
      for (const editor of Object.values((window.CKEDITOR && CKEDITOR.instances) || {})) editor.updateElement();
      return new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    }

    /* After the first page only its body changes: nothing flickers and the reader's place stays. */
    function show(html) {
      const inside = frame.contentDocument;
      if (!shown || !inside || !inside.body) {
        frame.srcdoc = html;
      } else {
        const page = new DOMParser().parseFromString(html, "text/html");
        const top = frame.contentWindow.scrollY;
        inside.body.replaceWith(inside.adoptNode(page.body));
        frame.contentWindow.scrollTo(0, top);
      }
      shown = html;
    }

    async function update() {
      if (pane.hidden) return;
      if (asked) asked.abort();
      const mine = (asked = new AbortController());
      status.textContent = words.busy;
      try {
        const answer = await fetch(words.preview, {
          method: "POST",
          body: fields(),
          credentials: "same-origin",
          signal: mine.signal,
        });
        if (answer.redirected) status.textContent = words.away;
        else if (!answer.ok) status.textContent = words.failed;
        else {
          const html = await answer.text();
          show(html);
          status.textContent = words.fresh;
        }
      } catch (error) {
        if (error.name !== "AbortError") status.textContent = words.failed;
      }
    }

    function soon() {
      if (pane.hidden) return;
      clearTimeout(timer);
      timer = setTimeout(update, PAUSE);
    }

    function toggle(open) {
      pane.hidden = !open;
      button.setAttribute("aria-expanded", String(open));
      document.body.classList.toggle("is-previewing", open);
      if (open) {
        fit();
        update();
      } else button.focus();
    }

    function watch(editor) {
      editor.on("change", soon);
      editor.on("mode", () => editor.mode === "source" && editor.editable().attachListener(editor.editable(), "input", soon));
    }

    for (const name of Object.keys(WIDTHS)) {
      const choice = element("button", { type: "button", value: name }, words[name]);
      choice.addEventListener("click", () => choose(name));
      widths.append(choice);
    }
    let kept = null;
    try {
      kept = localStorage.getItem(KEPT);
    } catch {} // see choose()
    choose(kept in WIDTHS ? kept : "phone");

    button.hidden = false;
    button.addEventListener("click", () => toggle(pane.hidden));
    close.addEventListener("click", () => toggle(false));
    pane.addEventListener("keydown", (event) => event.key === "Escape" && toggle(false));
    for (const event of ["input", "click", "drop", "dragend"]) form.addEventListener(event, soon);
    // Select2 and the date pickers speak jQuery's language only.
    if (window.django && django.jQuery) django.jQuery(form).on("change", soon);
    if (window.CKEDITOR) {
      Object.values(CKEDITOR.instances).forEach(watch);
      CKEDITOR.on("instanceCreated", ({ editor }) => watch(editor));
    }
    new ResizeObserver(fit).observe(stage);
  }

  document.addEventListener("DOMContentLoaded", start);
})();
