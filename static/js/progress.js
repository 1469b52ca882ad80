/* How far a story was read stays in this browser: nothing of it is sent, and “Forget” takes it away. */
(() => {
  "use strict";
  const NAME = "reading";
  const MOST = 20;
  const DAYS = 14;

  const load = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(NAME)) || [];
      return kept.filter((entry) => Date.now() - entry.at < DAYS * 864e5);
    } catch {
      return [];
    }
  };
  const save = (entries) => {
    try {
      if (entries.length) localStorage.setItem(NAME, JSON.stringify(entries.slice(0, MOST)));
      else localStorage.removeItem(NAME);
    } catch {
      // A browser that keeps nothing: nothing is kept.
    }
  };

  const follow = (story) => {
    const { progress: path, title } = story.dataset;
    const others = () => load().filter((entry) => entry.path !== path);
    const before = load().find((entry) => entry.path === path);
    const back = document.querySelector("[data-back]");
    const part = () => {
      const { top, height } = story.getBoundingClientRect();
      return Math.min(1, Math.max(0, (innerHeight - top) / height));
    };
    const start = part();

    const note = () => {
      const read = Math.max(part(), before?.read || 0);
      if (part() >= 0.95) save(others());
      else if (scrollY > innerHeight / 2 && part() > start) save([{ path, title, read, at: Date.now() }, ...others()]);
    };
    let timer;
    addEventListener("scroll", () => {
      clearTimeout(timer);
      timer = setTimeout(note, 400);
      if (back && !back.hidden && part() >= before.read) back.hidden = true;
    }, { passive: true });

    if (back && before && before.read > start + 0.1 && scrollY < innerHeight / 2 && !location.hash) {
      back.hidden = false;
      back.addEventListener("click", () => {
        const { top, height } = story.getBoundingClientRect();
        back.hidden = true;
        scrollTo({ top: scrollY + top + before.read * height - innerHeight * 0.8 });
        story.focus({ preventScroll: true });
      });
    }
  };

  // Measuring waits until the page is drawn.
  const story = document.querySelector("[data-progress]");
  if (story) addEventListener("load", () => setTimeout(follow, 0, story));

  const shelf = document.querySelector("[data-shelf]");
  if (shelf) {
    const entries = load().filter((entry) => /^\/[^/]/.test(entry.path) && entry.title).slice(0, 3);
    if (!entries.length) return;
    const list = shelf.querySelector("ul");
    for (const { path, title, read } of entries) {
      const link = document.createElement("a");
      link.href = path;
      link.textContent = title;
      link.style.setProperty("--read", read);
      const item = document.createElement("li");
      item.append(link);
      list.append(item);
    }
    shelf.hidden = false;
    shelf.querySelector("button").addEventListener("click", () => {
      save([]);
      shelf.hidden = true;
    });
  }
})();
