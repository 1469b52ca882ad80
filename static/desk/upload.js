/* Many pictures at once: each is sent by itself, with its progress and its message beside it. Without this file the form
   sends them all together. */
(() => {
  "use strict";

  const AT_ONCE = 2;

  document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("[data-upload]");
    const list = document.querySelector(".picture-files");
    const next = document.querySelector("[data-next]");
    if (!form) return;
    const input = form.querySelector("input[type=file]");
    const { upload, words, stored, failed, waiting, storing } = form.dataset;
    const keys = new Set();
    const queue = [];
    let sending = 0;

    const line = (file) => {
      const row = document.createElement("li");
      const name = document.createElement("span");
      const progress = document.createElement("progress");
      const message = document.createElement("span");
      name.textContent = file.name;
      name.dir = "auto";
      progress.max = 100;
      progress.value = 0;
      progress.setAttribute("aria-label", file.name);
      message.textContent = waiting;
      row.append(name, progress, message);
      list.append(row);
      return { file, progress, message };
    };

    const said = ({ progress, message }, text, isRefused) => {
      message.textContent = text;
      message.classList.toggle("is-refused", isRefused);
      progress.value = isRefused ? 0 : 100;
    };

    const offer = () => {
      if (sending || queue.length || !keys.size) return;
      next.hidden = false;
      next.querySelector("a").href = `${words}?${[...keys].map((key) => `key=${key}`).join("&")}`;
    };

    const answered = (entry, request) => {
      let answer = null;
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        answer = null; // signed out meanwhile, or a proxy's own page
      }
      if (answer && answer.uploaded) {
        keys.add(answer.picture);
        said(entry, answer.message || stored, false);
      } else {
        said(entry, answer && answer.error ? answer.error.message : failed, true);
      }
    };

    const send = (entry) => {
      const request = new XMLHttpRequest();
      const body = new FormData();
      body.append("upload", entry.file);
      request.open("POST", upload);
      request.setRequestHeader("X-CSRFToken", form.querySelector("[name=csrfmiddlewaretoken]").value);
      request.upload.addEventListener("progress", ({ loaded, total }) => {
        entry.progress.value = (95 * loaded) / total;
        entry.message.textContent = loaded < total ? "" : storing;
      });
      request.addEventListener("loadend", () => {
        answered(entry, request);
        sending -= 1;
        work();
      });
      request.send(body);
    };

    function work() {
      while (sending < AT_ONCE && queue.length) {
        sending += 1;
        send(queue.shift());
      }
      offer();
    }

    const take = (files) => {
      next.hidden = true;
      for (const file of files) queue.push(line(file));
      work();
    };

    form.querySelector("[data-send]").hidden = true;
    const chosen = (event) => {
      event.stopPropagation(); // unfold's own listener on the field looks for a text field that is not here
      take([...input.files]);
      input.value = "";
    };
    form.addEventListener("change", chosen, true);
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
      form.addEventListener(kind, (event) => {
        event.preventDefault();
        form.classList.toggle("is-over", kind === "dragenter" || kind === "dragover");
        if (kind === "drop") take([...event.dataTransfer.files]);
      });
    }
  });
})();
