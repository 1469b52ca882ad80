/* Keeps what is typed into the story's form: at the desk three seconds after the last change, in this browser when the
   desk does not take it. Tells who else has the story open. It never saves the story. */
(() => {
  "use strict";

  const PAUSE = 3000;
  const LONGEST = 20_000; // while somebody goes on typing
  const BEAT = 15_000;
  const SMALL = 60_000; // bytes that a browser still sends while it closes a window
  const OLDEST = 30 * 86_400_000;
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
    keys() {
      try {
        return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
      } catch {
        return [];
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
    let isSent = false;
    let opened = null; // what the form said before anybody typed
    let offered = null; // what this browser holds and the desk does not
    let holds = words.holds; // the window of the copy that the desk keeps

    const here = () => `${words.key}:${writing}`; // each window has a place of its own in this browser
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

    const keepHere = (entries) => store.write(here(), { writing, taken: mayReplace, typed: typed || Date.now(), entries });

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
      if (answer.earlier) {
        holds = answer.window;
        show(answer.earlier);
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
        forgetSaved([writing, ...mayReplace.split(" ")]);
        holds = writing;
        offer.hidden = !offered; // whose copy the desk held has saved it meanwhile
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
        store.forget(here());
      });
    }

    function show(time) {
      offer.hidden = false;
      offer.querySelector("[data-time]").textContent = time;
    }

    /* What this browser holds and the desk does not, the newest first. */
    function owned() {
      const found = store.keys().filter((key) => key.startsWith(`${words.key}:`)).map((key) => ({ key, ...store.read(key) }));
      for (const own of found) {
        const isKept = own.writing === holds && own.typed <= Number(words.typed);
        if (isKept || !(Date.now() - own.typed < OLDEST)) store.forget(own.key);
      }
      return found.filter(({ key }) => store.read(key)).sort((one, other) => other.typed - one.typed);
    }

    /* Offered like a copy of the desk and given to it first; never in the place of one that nobody has looked at. */
    function offerOwn() {
      const own = words.refused ? null : owned().find(({ writing: window, taken }) => !holds || [window, ...taken.split(" ")].includes(holds));
      if (!own || own.writing === writing) return;
      offered = own;
      show(clock(own.typed));
    }

    async function takeUp(event) {
      if (!offered) return;
      event.preventDefault();
      const { href } = event.currentTarget;
      const answer = await ask(message(offered.entries, { typed: offered.typed, writing: offered.writing, taken: offered.taken }));
      if (answer.status !== 200) return tell(answer);
      store.forget(offered.key);
      leaving = true;
      location.assign(href);
    }

    /* One that is offered, and nothing else. */
    async function throwAway(event) {
      event.preventDefault();
      const windows = offered ? `${offered.writing} ${offered.taken}` : holds;
      try {
        const answer = await fetch(words.throw, { method: "POST", headers: { Accept: "application/json" }, body: message([], { taken: windows }), redirect: "manual" });
        if (!answer.ok) return say(words.offline);
      } catch {
        return say(words.offline);
      }
      if (offered) store.forget(offered.key);
      offered = null;
      holds = "";
      offer.hidden = true;
      offerOwn();
      return keep();
    }

    function submit(event) {
      isSent = true;
      if (event.submitter?.hasAttribute("formaction")) return;
      leaving = true;
      clearTimeout(timer);
      renewToken();
      form.elements.writing.value = writing;
      keepHere(fields()); // until the desk says that this window's text is saved
    }

    function begin() {
      opened = words.refused ? "" : JSON.stringify(fields());
      kept = opened;
      keep();
      setInterval(keep, BEAT);
    }

    /* The text is kept all the same; the story does not say it yet. */
    function warn(event) {
      if (isSent || leaving || opened === null) return;
      if (words.taken || JSON.stringify(fields()) !== opened) event.preventDefault();
    }

    window.addEventListener("beforeunload", warn);
    for (const event of ["input", "change", "formset:added", "formset:removed"]) form.addEventListener(event, change);
    if (window.django) django.jQuery(form).on("change", change); // select2 says so to jQuery alone
    form.addEventListener("submit", submit);
    offer.querySelector("[data-throw]").addEventListener("click", throwAway);
    offer.querySelector("[data-take]").addEventListener("click", takeUp);
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
      isSent = false;
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
    for (const key of store.keys()) if (windows.includes(store.read(key)?.writing)) store.forget(key);
  }

  // Taken up once: reloading offers it anew, and the form, which is sent to this address, leads to the plain one.
  const address = new URL(location.href);
  if (address.searchParams.has("copy")) {
    address.searchParams.delete("copy");
    history.replaceState(history.state, "", address);
  }

  document.addEventListener("DOMContentLoaded", () => {
    const bar = document.getElementById("desk-autosave");
    const form = bar && bar.closest("form");
    if (!form) return;
    forgetSaved(bar.dataset.saved.split(" ").filter(Boolean));
    start(bar, form);
  });
})();
