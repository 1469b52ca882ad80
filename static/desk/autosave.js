/* Keeps what is typed into the story's form: at the desk three seconds after the last change, in this browser when the
   desk does not take it. Tells who else has the story open. It never saves the story. */
(() => {
  "use strict";

  const PAUSE = 3000;
  const LONGEST = 20_000; // while somebody goes on typing
  const BEAT = 15_000;
  const SMALL = 60_000; // bytes that a browser still sends while it closes a window
  const PREFIX = "desk-copy:";

  const token = () => [...crypto.getRandomValues(new Uint8Array(12))].map((n) => n.toString(16).padStart(2, "0")).join("");
  const cookie = (name) => document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1];
  const clock = (time) => new Date(time).toTimeString().slice(0, 5);

  /* Storage may be full, or forbidden. */
  const store = {
    read(key) {
      try {
        return JSON.parse(localStorage.getItem(PREFIX + key));
      } catch {
        return null;
      }
    },
    write(key, value) {
      try {
        localStorage.setItem(PREFIX + key, JSON.stringify(value));
      } catch {
        /* the text is still in the window */
      }
    },
    forget(key) {
      try {
        localStorage.removeItem(PREFIX + key);
      } catch {
        /* as above */
      }
    },
  };

  function start(bar, form) {
    const words = bar.dataset;
    const line = document.getElementById("desk-kept");
    const open = bar.querySelector("[data-open]");
    const offer = bar.querySelector("[data-offer]");
    let writing = token();
    let mayReplace = words.mayReplace;
    let kept = null; // what the desk holds, or what the form said when it was opened
    let typed = 0;
    let first = 0;
    let timer = 0;
    let busy = false;
    let leaving = false;

    const say = (text) => {
      if (line && line.textContent !== text) line.textContent = text;
    };

    /* Signing in again in another window gives this browser a new token. */
    function renewToken() {
      const fresh = cookie("csrftoken");
      const field = form.elements.csrfmiddlewaretoken;
      if (fresh && field) field.value = fresh;
    }

    function fields() {
      if (window.CKEDITOR) for (const editor of Object.values(CKEDITOR.instances)) if (editor.status === "ready") editor.updateElement();
      const skipped = new Set(["csrfmiddlewaretoken", "writing", "taken"]);
      return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !skipped.has(name));
    }

    function message(entries, more = {}) {
      renewToken();
      const data = new FormData();
      for (const [name, value] of entries) data.append(name, value);
      const base = form.elements.base ? form.elements.base.value : "";
      const all = { csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value, writing, taken: mayReplace, base, ...more };
      for (const [name, value] of Object.entries(all)) data.set(name, value);
      return data;
    }

    const keepHere = (entries) => store.write(words.key, { writing, taken: mayReplace, typed: typed || Date.now(), entries });

    async function ask(data, options = {}) {
      try {
        const headers = { Accept: "application/json" };
        const answer = await fetch(words.keep, { method: "POST", body: data, headers, redirect: "manual", credentials: "same-origin", ...options });
        const isJson = (answer.headers.get("Content-Type") || "").startsWith("application/json");
        return { status: answer.status, isSignedOut: answer.type === "opaqueredirect" || (answer.status === 403 && !isJson), ...(isJson ? await answer.json() : {}) };
      } catch {
        return { status: 0 };
      }
    }

    function tell(answer) {
      if (answer.isSignedOut) say(words.signedOut);
      else if (answer.said) say(answer.said);
      else if (answer.status === 400 || answer.status === 413) say(words.tooLarge);
      else if (answer.status !== 200) say(words.offline);
      if (answer.earlier && offer) {
        offer.hidden = false;
        offer.querySelector("[data-time]").textContent = answer.earlier;
      }
      if (answer.open) present(answer);
    }

    function present({ open: lines, saved }) {
      const rows = lines.map((text) => Object.assign(document.createElement("p"), { textContent: text }));
      if (saved) {
        const row = Object.assign(document.createElement("p"), { textContent: `${saved.said} ` });
        if (saved.link) row.append(Object.assign(document.createElement("a"), { href: saved.link, target: "_blank", textContent: words.seeChanges }));
        rows.push(row);
      }
      const same = rows.map((row) => row.textContent).join("\n") === [...open.children].map((row) => row.textContent).join("\n");
      if (!same) open.replaceChildren(...rows);
      open.hidden = !rows.length;
    }

    async function keep() {
      clearTimeout(timer);
      if (busy || leaving) return;
      const entries = fields();
      const text = JSON.stringify(entries);
      if (kept === null || text === kept) {
        await beat();
        return;
      }
      busy = true;
      const answer = await ask(message(entries, { typed }));
      busy = false;
      if (leaving) return;
      if (answer.status === 200) {
        kept = text;
        first = 0;
        if (store.read(words.key)?.writing === writing) store.forget(words.key);
      } else {
        keepHere(entries);
      }
      tell(answer);
    }

    async function beat() {
      const answer = await ask(message([], { beat: 1 }));
      if (!leaving) tell(answer);
    }

    function change() {
      typed = Date.now();
      first ||= typed;
      clearTimeout(timer);
      timer = setTimeout(keep, Math.max(0, Math.min(PAUSE, first + LONGEST - typed)));
    }

    function unseen() {
      if (leaving || kept === null) return;
      const entries = fields();
      const text = JSON.stringify(entries);
      if (text === kept) return;
      keepHere(entries);
      ask(message(entries, { typed: typed || Date.now() }), { keepalive: text.length * 3 < SMALL }).then((answer) => {
        if (answer.status !== 200) return;
        kept = text;
        if (store.read(words.key)?.writing === writing) store.forget(words.key);
      });
    }

    /* What this browser holds and the desk does not: offered like a copy of the desk, and given to it first. */
    function offerOwn() {
      const own = store.read(words.key);
      if (!own || words.refused) return;
      if (own.typed <= Number(words.typed)) {
        store.forget(words.key);
        return;
      }
      offer.hidden = false;
      offer.querySelector("[data-time]").textContent = clock(own.typed);
      offer.querySelector("[data-take]").addEventListener("click", async (event) => {
        event.preventDefault();
        const { href } = event.currentTarget;
        mayReplace = [words.mayReplace, words.mine, own.writing, own.taken].filter(Boolean).join(" ");
        const sent = message(own.entries, { typed: own.typed, writing: own.writing });
        const answer = await ask(sent);
        if (answer.status !== 200) return tell(answer);
        store.forget(words.key);
        leaving = true;
        location.assign(href);
      });
    }

    function throwAway(event) {
      event.preventDefault();
      const headers = { Accept: "application/json" };
      fetch(words.throw, { method: "POST", headers, body: message([]), redirect: "manual" })
        .then((answer) => {
          if (!answer.ok) return say(words.offline);
          store.forget(words.key);
          offer.hidden = true;
          return keep();
        })
        .catch(() => say(words.offline));
    }

    function submit(event) {
      if (event.submitter?.hasAttribute("formaction")) return;
      leaving = true;
      clearTimeout(timer);
      renewToken();
      form.elements.writing.value = writing;
      keepHere(fields()); // until the desk says that this window's text is saved
    }

    function begin() {
      kept = words.refused ? "" : JSON.stringify(fields());
      keep();
      setInterval(keep, BEAT);
    }

    for (const event of ["input", "change", "formset:added", "formset:removed"]) form.addEventListener(event, change);
    if (window.django) django.jQuery(form).on("change", change); // select2 says so to jQuery alone
    form.addEventListener("submit", submit);
    for (const button of bar.querySelectorAll("[data-throw]")) button.addEventListener("click", throwAway);
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && unseen());
    window.addEventListener("pagehide", () => {
      unseen();
      navigator.sendBeacon(words.keep, message([], { beat: 1, leave: 1 }));
    });
    window.addEventListener("pageshow", ({ persisted }) => {
      if (!persisted) return;
      mayReplace = `${writing} ${mayReplace}`;
      writing = token();
      leaving = false;
    });
    offerOwn();

    const editors = window.CKEDITOR ? document.querySelectorAll("textarea[data-type=ckeditortype]:not([id*=__prefix__])").length : 0;
    if (!editors) return begin();
    CKEDITOR.on("instanceReady", ({ editor }) => {
      editor.on("change", change);
      if (kept === null) begin();
    });
    const ready = Object.values(CKEDITOR.instances).filter(({ status }) => status === "ready");
    for (const editor of ready) editor.on("change", change);
    if (ready.length) begin();
  }

  function forgetSaved(windows) {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
    for (const key of keys) if (windows.includes(store.read(key)?.writing)) store.forget(key);
  }

  document.addEventListener("DOMContentLoaded", () => {
    const bar = document.getElementById("desk-autosave");
    const form = bar && bar.closest("form");
    if (!form) return;
    try {
      forgetSaved(bar.dataset.saved.split(" ").filter(Boolean));
    } catch {
      /* no storage */
    }
    start(bar, form);
  });
})();
