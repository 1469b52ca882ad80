/* Turns the line of tags into a list with suggestions. The line itself stays what is sent: names with commas between
   them, those that hold a comma in double quotes. */
(() => {
  "use strict";

  const names = (line) =>
    [...line.matchAll(/\s*(?:"([^"]*)"|([^,]*))\s*(?:,|$)/g)].map(([, quoted, plain]) => (quoted || plain || "").trim()).filter(Boolean);

  const line = (chosen) => chosen.map((name) => (name.includes(",") ? `"${name}"` : name)).join(", ");

  function enhance(input) {
    const $ = django.jQuery;
    const select = document.createElement("select");
    select.multiple = true;
    for (const name of names(input.value)) select.add(new Option(name, name, true, true));
    select.id = input.id;
    input.removeAttribute("id");
    input.type = "hidden";
    input.after(select);
    $(select)
      .select2({
        theme: "admin-autocomplete",
        width: "100%",
        tags: true,
        tokenSeparators: [","],
        createTag: ({ term }) => {
          const name = term.trim().replaceAll('"', "”");
          return name ? { id: name, text: name, isNew: true } : null;
        },
        templateResult: ({ text, isNew }) => (isNew ? `${text} (${input.dataset.new})` : text),
        ajax: {
          url: input.dataset.tags,
          delay: 200,
          cache: true,
          data: ({ term, page }) => ({ term, page, app_label: "articles", model_name: "taggedarticle", field_name: "tag" }),
          processResults: ({ results, pagination }) => ({ results: results.map(({ text }) => ({ id: text, text })), pagination }),
        },
      })
      .on("change", () => {
        input.value = line([...select.selectedOptions].map((option) => option.value));
      });
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (window.django && django.jQuery && django.jQuery.fn.select2) document.querySelectorAll("input[data-tags]").forEach(enhance);
  });
})();
