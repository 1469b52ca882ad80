/* While words are typed into the search of the paper, its headlines, tags and sections are offered. What was left empty
   does not stand in the address. Without this file the form works as it is. */
(() => {
  "use strict";
  const form = document.querySelector("[data-suggest]");
  if (!form) return;
  const field = form.elements.q;
  const known = new Map();
  let timer;

  const offer = (words) => {
    const options = words.map((word) => Object.assign(document.createElement("option"), { value: word }));
    field.list.replaceChildren(...options);
  };
  const ask = async () => {
    const typed = field.value.trim();
    if (typed.length < 2) return offer([]);
    if (!known.has(typed)) {
      try {
        const response = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(typed)}`, { credentials: "omit" });
        if (!response.ok) return;
        known.set(typed, await response.json());
      } catch {
        return; // no network: the form itself will say so
      }
    }
    if (field.value.trim() === typed) offer(known.get(typed));
  };

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 150);
  });
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (!value) formData.delete(name);
  });
})();
