/* The story's form: shows the lead picture that was chosen, and says “Schedule” when the time lies ahead. */
(() => {
  "use strict";

  function showLead() {
    const image = document.querySelector("[data-lead]");
    const select = document.getElementById("id_lead_picture");
    if (!image || !select) return;
    django.jQuery(select).on("change", () => {
      image.hidden = !select.value;
      if (select.value) image.src = image.dataset.lead.replace("/0/", `/${encodeURIComponent(select.value)}/`);
    });
  }

  /* The site's clock is not the browser's: the desk's pages carry its distance from UTC in seconds. */
  function isAhead(day, time) {
    const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day) || [];
    const [, hour, minute] = /^(\d{1,2}):(\d{2})/.exec(time) || [];
    if (!year || !hour) return false;
    const offset = Number(document.body.dataset.adminUtcOffset) * 1000;
    return Date.UTC(year, month - 1, date, hour, minute) - offset > Date.now();
  }

  function nameButton() {
    const button = document.querySelector("[data-schedule]");
    const [day, time] = ["id_published_at_0", "id_published_at_1"].map((id) => document.getElementById(id));
    if (!button || !day || !time) return;
    const now = button.textContent;
    const name = () => {
      button.textContent = isAhead(day.value.trim(), time.value.trim()) ? button.dataset.schedule : now;
    };
    for (const field of [day, time]) for (const event of ["input", "change", "focus", "blur"]) field.addEventListener(event, name);
    name();
  }

  document.addEventListener("DOMContentLoaded", () => {
    showLead();
    nameButton();
  });
})();
