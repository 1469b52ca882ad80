/* Turns the line of story numbers into a list that is searched, ordered by hand or by its buttons, and cut. The line
   itself stays what is sent. */
(() => {
  "use strict";

  const named = (words, story) => words.replace("%(story)s", story.text);

  function button(icon, label, deed) {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "desk-icon", title: label });
    const sign = Object.assign(document.createElement("span"), { className: "material-symbols-outlined", textContent: icon });
    sign.setAttribute("aria-hidden", "true");
    made.setAttribute("aria-label", label);
    made.append(sign);
    made.addEventListener("click", deed);
    return made;
  }

  function enhance(input) {
    const $ = django.jQuery;
    const words = input.dataset;
    const most = Number(words.pickedMost);
    const stories = JSON.parse(words.picked);
    const list = Object.assign(document.createElement("ol"), { className: "desk-picked" });
    const full = Object.assign(document.createElement("p"), { className: "desk-soft", textContent: words.pickedFull });
    const select = document.createElement("select");
    const box = Object.assign(document.createElement("div"), { className: "desk-picked-add" });
    let carried = null;

    function changed() {
      input.value = stories.map(({ id }) => id).join(", ");
      input.dispatchEvent(new Event("change", { bubbles: true }));
      print();
    }

    function move(from, to) {
      stories.splice(to, 0, ...stories.splice(from, 1));
      changed();
    }

    /* The focus goes with what was moved; at an end to the button of the other direction. */
    function step(from, to, icon) {
      move(from, to);
      const row = list.children[to];
      (row.querySelector(`[data-deed="${icon}"]`) || row.querySelector("[data-deed]")).focus();
    }

    function take(place) {
      stories.splice(place, 1);
      changed();
      const next = list.children[Math.min(place, stories.length - 1)];
      if (next) next.querySelector('[data-deed="close"]').focus();
      else $(select).select2("focus");
    }

    function row(story, place) {
      const line = Object.assign(document.createElement("li"), { draggable: true });
      const text = document.createElement("span");
      const link = Object.assign(document.createElement(story.link ? "a" : "span"), { textContent: story.text, dir: "auto" });
      if (story.link) Object.assign(link, { href: story.link, target: "_blank", draggable: false });
      text.append(link);
      if (story.state) text.append(Object.assign(document.createElement("small"), { textContent: story.state }));
      const hands = document.createElement("span");
      const add = (icon, label, deed) => {
        const made = button(icon, named(label, story), deed);
        made.dataset.deed = icon;
        hands.append(made);
      };
      if (place) add("arrow_upward", words.pickedUp, () => step(place, place - 1, "arrow_upward"));
      if (place < stories.length - 1) add("arrow_downward", words.pickedDown, () => step(place, place + 1, "arrow_downward"));
      add("close", words.pickedOut, () => take(place));
      line.append(text, hands);
      line.addEventListener("dragstart", (event) => {
        carried = place;
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", story.text);
        line.classList.add("is-carried");
      });
      line.addEventListener("dragend", () => {
        carried = null;
        line.classList.remove("is-carried");
      });
      line.addEventListener("dragover", (event) => carried !== null && event.preventDefault());
      line.addEventListener("drop", (event) => {
        if (carried === null) return;
        event.preventDefault();
        move(carried, place);
      });
      return line;
    }

    function print() {
      list.replaceChildren(...stories.map(row));
      list.hidden = !stories.length;
      full.hidden = stories.length < most;
      box.hidden = stories.length >= most;
    }

    select.id = input.id;
    input.removeAttribute("id");
    input.type = "hidden";
    box.append(select);
    input.after(list, box, full);
    $(select)
      .select2({
        theme: "admin-autocomplete",
        width: "100%",
        placeholder: words.pickedAdd,
        ajax: {
          url: words.pickedFind,
          delay: 200,
          cache: true,
          // The list of a field that names a story; which one does not matter.
          data: ({ term, page }) => ({ term, page, app_label: "articles", model_name: "part", field_name: "article" }),
          processResults: ({ results, pagination }) => ({
            results: results.filter((found) => !stories.some(({ id }) => String(id) === found.id)),
            pagination,
          }),
        },
      })
      .on("select2:select", ({ params: { data } }) => {
        $(select).val(null).empty().trigger("change");
        stories.push({ id: Number(data.id), text: data.text });
        changed();
      });
    print();
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (window.django && django.jQuery && django.jQuery.fn.select2) document.querySelectorAll("input[data-picked]").forEach(enhance);
  });
})();
