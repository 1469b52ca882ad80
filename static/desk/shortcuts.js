/* Keys for the buttons of a form: save, preview, publish. In Firefox Ctrl+Shift+P belongs to the browser, so that
   Alt+Shift+P does it as well. Each button says its keys when the pointer rests on it. */
(() => {
  "use strict";

  const isMac = navigator.platform.startsWith("Mac");
  const control = isMac ? "⌘" : "Ctrl+";
  const shift = isMac ? "⇧" : "Shift+";

  const DEEDS = [
    {
      buttons: ["[name=_continue]", "[name=_save]"],
      isMeant: (event) => isCommand(event) && !event.shiftKey && event.code === "KeyS",
      keys: "Control+S Meta+S",
      words: `${control}S`,
    },
    {
      buttons: ["[data-preview]:not([hidden])", "[name=_preview]"],
      isMeant: (event) => event.shiftKey && (isCommand(event) || event.altKey) && event.code === "KeyP",
      keys: "Control+Shift+P Meta+Shift+P Alt+Shift+P",
      words: `${control}${shift}P, Alt+${shift}P`,
    },
    {
      buttons: ["[name=_publish]"],
      isMeant: (event) => isCommand(event) && event.shiftKey && event.key === "Enter",
      keys: "Control+Shift+Enter Meta+Shift+Enter",
      words: `${control}${shift}Enter`,
    },
  ];

  const isCommand = (event) => (isMac ? event.metaKey : event.ctrlKey) && !event.altKey;

  const button = (deed) => deed.buttons.map((selector) => document.querySelector(`#submit-row ${selector}`)).find(Boolean);

  function onKey(event) {
    if (event.repeat) return;
    const deed = DEEDS.find(({ isMeant }) => isMeant(event));
    const target = deed && button(deed);
    if (!target) return;
    event.preventDefault();
    event.stopPropagation();
    target.focus(); // a field that is being typed in tells of its change as it is left
    target.click();
  }

  function nameKeys() {
    for (const deed of DEEDS) {
      const target = button(deed);
      if (!target) continue;
      target.title = deed.words;
      target.setAttribute("aria-keyshortcuts", deed.keys);
    }
  }

  /* The text is edited in a document of its own, made anew each time its source was looked at. */
  function listenInEditor() {
    if (!window.CKEDITOR) return;
    const listen = (editor) => editor.on("contentDom", () => editor.document.$.addEventListener("keydown", onKey, true));
    for (const editor of Object.values(CKEDITOR.instances)) {
      listen(editor);
      if (editor.document) editor.document.$.addEventListener("keydown", onKey, true);
    }
    CKEDITOR.on("instanceCreated", ({ editor }) => listen(editor));
  }

  document.addEventListener("keydown", onKey, true);
  document.addEventListener("DOMContentLoaded", () => {
    nameKeys();
    listenInEditor();
    setTimeout(nameKeys, 1000); // buttons that other scripts bring
  });
})();
