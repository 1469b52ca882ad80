/* Stories are dragged from the shelf into a place and from one place to another. Everything also works by buttons; what
   is dropped is sent as the same form that they send. */
(() => {
  "use strict";

  let carried = null; // {story, from, element}
  let focus = "";
  let scrolled = 0;

  const slotOf = (target) => (target instanceof Element ? target.closest("[data-slot]") : null);
  const unmark = () => document.querySelectorAll(".front-slot.is-over").forEach((slot) => slot.classList.remove("is-over"));

  document.addEventListener("dragstart", (event) => {
    const element = event.target instanceof Element && event.target.closest(".front-desk [data-story]");
    if (!element) return;
    carried = { story: element.dataset.story, from: element.dataset.slot || "", element };
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", carried.story);
    element.classList.add("is-carried");
  });

  document.addEventListener("dragover", (event) => {
    const slot = carried && slotOf(event.target);
    unmark();
    if (!slot || slot.dataset.slot === carried.from) return;
    event.preventDefault();
    slot.classList.add("is-over");
  });

  document.addEventListener("dragend", () => {
    carried?.element.classList.remove("is-carried");
    carried = null;
    unmark();
  });

  document.addEventListener("drop", (event) => {
    const slot = carried && slotOf(event.target);
    if (!slot || slot.dataset.slot === carried.from) return;
    event.preventDefault();
    const form = document.getElementById("front-drag");
    const sent = carried.from
      ? { deed: "move", story: carried.story, place: carried.from, to: slot.dataset.slot }
      : { deed: "put", story: carried.story, place: slot.dataset.slot, to: "" };
    for (const [name, value] of Object.entries(sent)) form.elements[name].value = value;
    focus = `toggle-${slot.dataset.slot}`;
    form.requestSubmit();
  });

  // The focus goes with a story that was moved by a button.
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest(".front-desk button");
    if (button) focus = button.dataset.follow || button.id;
  });

  // What was done is said by a region that stays when the page's parts are replaced.
  const voice = document.createElement("div");
  voice.className = "front-hidden";
  voice.setAttribute("role", "status");
  document.addEventListener("DOMContentLoaded", () => document.body.append(voice));

  document.addEventListener("htmx:afterSettle", () => {
    const stories = document.querySelector(".front-stories");
    if (!stories) return;
    stories.scrollTop = scrolled;
    const place = focus.replace(/^(up|down|toggle)-/, "");
    const again = focus && (document.getElementById(focus) || document.querySelector(`[data-slot="${CSS.escape(place)}"] button`));
    if (again) again.focus();
    focus = "";
    voice.textContent = [...document.querySelectorAll("#front-said, .front-now")].map((part) => part.innerText.trim()).join(" ");
  });

  // One thing open at a time; Escape closes it.
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.(".front-more[open]")) return;
    document.querySelectorAll(".front-more[open]").forEach((other) => {
      if (other !== event.target) other.open = false;
    });
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector(".front-more[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });

  // A session that ended leads to the sign-in and back; the working copy is kept by the server.
  document.addEventListener("htmx:beforeSwap", (event) => {
    scrolled = document.querySelector(".front-stories")?.scrollTop || 0;
    if (event.detail.xhr.responseText.includes('id="front-desk"')) return;
    event.detail.shouldSwap = false;
    if (event.detail.xhr.status < 400) window.location.reload();
  });
  for (const name of ["htmx:responseError", "htmx:sendError"]) {
    document.addEventListener(name, () => {
      const said = document.getElementById("front-said");
      said.textContent = said.dataset.lost;
      said.classList.add("desk-note");
      said.scrollIntoView({ block: "center" });
    });
  }
})();
