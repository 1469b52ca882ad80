/* Django fills a slug on key presses; pasted, dictated and dropped text presses no keys. */
(() => {
  "use strict";

  document.addEventListener("DOMContentLoaded", () => {
    const rules = document.getElementById("django-admin-prepopulated-fields-constants");
    const sources = rules ? JSON.parse(rules.dataset.prepopulatedFields).flatMap((rule) => rule.dependency_ids) : [];
    for (const source of document.querySelectorAll(sources.join(",") || "#none")) {
      source.addEventListener("input", () => django.jQuery(source).trigger("keyup"));
    }
  });
})();
