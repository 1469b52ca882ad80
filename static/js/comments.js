/* Pages are the same for every reader: the math question comes when the comment form is wanted.
   Votes are sent in place. Without this file both still work, by ordinary forms. */
(() => {
  "use strict";

  for (const form of document.querySelectorAll("[data-comment-form]")) {
    const place = form.querySelector("[data-question-place]");
    const another = form.querySelector("[data-another]");
    let isAsking = false;

    const ask = async () => {
      if (isAsking) return;
      isAsking = true;
      try {
        const response = await fetch(form.dataset.questionFrom, { headers: { Accept: "text/html" }, cache: "no-store" });
        if (response.ok) {
          place.innerHTML = await response.text();
          another.hidden = false;
        }
      } catch {
        // No network: sending the form asks the question on a page of its own.
      }
      isAsking = false;
    };
    const askOnce = () => {
      if (!place.querySelector("[data-question]")) ask();
    };

    form.addEventListener("focusin", askOnce, { once: true });
    another.addEventListener("click", async (event) => {
      event.preventDefault();
      await ask();
      place.querySelector("input[type=text]")?.focus();
    });
    // A page that comes back from the browser's memory carries a question that was answered.
    window.addEventListener("pageshow", (event) => {
      if (event.persisted && place.querySelector("[data-question]")) ask();
    });
    if ("IntersectionObserver" in window) {
      const near = new IntersectionObserver((entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        near.disconnect();
        askOnce();
      });
      near.observe(form);
    }
  }

  for (const form of document.querySelectorAll("[data-vote]")) {
    const line = form.parentElement.querySelector("[data-vote-line]");
    form.addEventListener("submit", async (event) => {
      const button = event.submitter;
      if (!button) return;
      event.preventDefault();
      form.setAttribute("aria-busy", "true");
      try {
        const response = await fetch(form.action, {
          method: "POST",
          headers: { Accept: "application/json" },
          body: new URLSearchParams({ stars: button.value }),
        });
        const answer = await response.json();
        line.textContent = answer.text;
        if (response.ok) {
          for (const star of form.elements) {
            star.classList.toggle("is-lit", Number(star.value) <= Number(button.value));
            star.toggleAttribute("aria-current", star === button);
          }
        }
      } catch {
        form.removeAttribute("data-vote");
        const stars = document.createElement("input");
        stars.type = "hidden";
        stars.name = "stars";
        stars.value = button.value;
        form.append(stars);
        form.submit();
      }
      form.removeAttribute("aria-busy");
    });
  }
})();
