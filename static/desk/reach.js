/* What unfold leaves to the mouse or without a name: icons are pictures, not words; what answers a click answers the
   keyboard; a list to choose from has its label; authors change places by buttons. */
(() => {
  "use strict";

  const CLICKED = "[x-on\\:click]:not(a[href], button, input, select, textarea, summary, label, nav, form, #changelist-filter-close)";

  const words = () => document.getElementById("desk-words")?.dataset || {};

  function reach(root) {
    root.querySelectorAll("#searchbar-submit, #command-submit").forEach((button) => button.setAttribute("aria-label", words().search));
    root.querySelectorAll(".material-symbols-outlined:not([x-on\\:click])").forEach((icon) => icon.setAttribute("aria-hidden", "true"));
    root.querySelectorAll("main a:not([title], [aria-label]), header a:not([title], [aria-label])").forEach(nameLink);
    root.querySelectorAll(CLICKED).forEach((element) => {
      if (element.hasAttribute("tabindex") || !element.classList.contains("cursor-pointer")) return;
      element.tabIndex = 0;
      element.setAttribute("role", "button");
    });
    root.querySelectorAll(".help-tooltip[aria-label]").forEach((icon) => icon.setAttribute("role", "img"));
    root.querySelectorAll("select.select2-hidden-accessible").forEach(nameChoice);
    root.querySelectorAll("td[data-label] :is(input:not([type=hidden]), textarea, select)").forEach(nameField);
    root.querySelectorAll("[data-ordering-field]").forEach(offerOrder);
  }

  /* A link that is an icon and nothing else. */
  function nameLink(link) {
    const icon = link.querySelector(".material-symbols-outlined");
    if (!icon || link.textContent.trim() !== icon.textContent.trim()) return;
    link.setAttribute("aria-label", link.target === "_blank" ? words().open : words().more);
  }

  /* Select2 calls a choice by what was chosen, which is nothing at first. */
  function nameChoice(select) {
    const label = labelOf(select);
    const choice = select.nextElementSibling?.querySelector(".select2-selection");
    if (!label || !choice) return;
    const chosen = choice.querySelector(".select2-selection__rendered");
    chosen?.setAttribute("aria-label", [label, chosen.title].filter(Boolean).join(": "));
    choice.querySelector(".select2-search__field")?.setAttribute("aria-label", label);
    if (select.multiple) choice.setAttribute("aria-label", label);
  }

  /* What opens below it is its list, and is searched by a field without a name. */
  function nameOpened(select) {
    const open = document.querySelector(".select2-container--open .select2-results__options");
    const search = document.querySelector(".select2-container--open .select2-search__field");
    if (open) select.nextElementSibling.querySelector(".select2-selection").setAttribute("aria-controls", open.id);
    search?.setAttribute("aria-label", labelOf(select));
  }

  /* In a table the column's heading is the label. */
  function nameField(field) {
    if (!field.labels.length && !field.hasAttribute("aria-label")) field.setAttribute("aria-label", labelOf(field));
  }

  function labelOf(field) {
    const label = field.labels?.[0] || document.querySelector(`label[for="${CSS.escape(field.id)}"]`);
    const words = label ? label.textContent : field.closest("[data-label]")?.dataset.label || "";
    return words.replace("*", "").replaceAll(/\s+/g, " ").trim();
  }

  /* The order of authors: one press instead of dragging. */
  function offerOrder(list) {
    rows(list).forEach((row) => {
      const place = row.querySelector("td.delete");
      if (!place || row.querySelector(".desk-earlier")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "desk-icon desk-earlier";
      button.setAttribute("aria-label", words().earlier);
      button.title = words().earlier;
      button.innerHTML = '<span class="material-symbols-outlined md-18" aria-hidden="true">arrow_upward</span>';
      place.prepend(button);
    });
    number(list);
  }

  const rows = (list) => [...list.querySelectorAll(":scope > .form-group:not(.empty-form)")];

  function number(list) {
    rows(list).forEach((row, index) => {
      const input = row.querySelector(`input[name$="-${list.dataset.orderingField}"]`);
      if (input) input.value = index;
      const earlier = row.querySelector(".desk-earlier");
      if (earlier) earlier.disabled = index === 0;
    });
  }

  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element && target.closest(".desk-earlier");
    if (!button) return;
    const row = button.closest(".form-group");
    const list = row.parentElement;
    row.previousElementSibling.before(row);
    number(list);
    (button.disabled ? row.querySelector(".select2-selection") || button : button).focus();
    row.querySelector("select, input").dispatchEvent(new Event("change", { bubbles: true }));
  });

  /* The editor takes all classes off the page while it fills the window. */
  function keepDark(editor) {
    const page = document.documentElement;
    let isDark = false;
    editor.on("beforeCommandExec", ({ data }) => {
      if (data.name === "maximize") isDark = page.classList.contains("dark");
    });
    editor.on("maximize", () => page.classList.toggle("dark", isDark));
  }

  document.addEventListener("keydown", (event) => {
    const pressed = event.target.matches?.("[role=button]:not(a, button, summary)");
    if (!pressed || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    event.target.click();
  });

  const again = () => setTimeout(() => reach(document), 0);
  document.addEventListener("DOMContentLoaded", () => {
    reach(document);
    // The page was hidden until its scripts ran, too late for the browser's own.
    if (document.activeElement === document.body) document.querySelector("[autofocus]")?.focus();
    setTimeout(() => reach(document), 300); // after the scripts that make the lists to choose from
    if (window.CKEDITOR) CKEDITOR.on("instanceReady", ({ editor }) => keepDark(editor));
    if (!window.django?.jQuery) return;
    django.jQuery(document).on("select2:open", ({ target }) => nameOpened(target));
    django.jQuery(document).on("select2:select select2:unselect select2:clear", ({ target }) => setTimeout(nameChoice, 0, target));
  });
  for (const name of ["formset:added", "formset:removed", "htmx:afterSettle"]) document.addEventListener(name, again);
})();
