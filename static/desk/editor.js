/* CKEditor on this desk: uploads carry the form's token, a picture arrives as a figure with its caption, the page follows
   the desk's light or dark scheme. */
(() => {
  "use strict";

  const pictures = new Map(); // address → key of the picture's row

  const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

  const captionOf = ({ caption, credit }) => [caption, credit && `(${credit})`].filter(Boolean).join(" ");

  const escaped = (text) => CKEDITOR.tools.htmlEncode(text);

  const attribute = (text) => CKEDITOR.tools.htmlEncodeAttr(text || "");

  const figure = (picture) =>
    `<figure class="image"><img src="${attribute(picture.url)}" alt="${attribute(picture.alt)}" ` +
    `width="${Number(picture.width)}" height="${Number(picture.height)}" data-picture="${Number(picture.picture)}">` +
    `<figcaption>${escaped(captionOf(picture))}</figcaption></figure>`;

  /* What was clicked in the window of the library goes in where the editor's dialog was opened. */
  function insert(picture) {
    const dialog = CKEDITOR.dialog.getCurrent();
    const editor = dialog ? dialog.getParentEditor() : CKEDITOR.currentInstance || Object.values(CKEDITOR.instances)[0];
    if (!editor) return;
    if (dialog) dialog.hide();
    pictures.set(picture.url, picture.picture);
    editor.focus();
    editor.insertHtml(figure(picture));
  }

  window.addEventListener("message", ({ origin, data }) => {
    if (origin === window.location.origin && data && data.picture && window.CKEDITOR) insert(data.picture);
  });

  function follow(editor) {
    const page = () => editor.document && editor.document.getDocumentElement();
    const isDark = () => document.documentElement.classList.contains("dark");
    const paint = () => page() && page()[isDark() ? "addClass" : "removeClass"]("dark");
    new MutationObserver(paint).observe(document.documentElement, { attributeFilter: ["class"] });
    editor.on("contentDom", paint);
    paint();
  }

  function prepare({ editor }) {
    editor.on("fileUploadRequest", ({ data }) => data.fileLoader.xhr.setRequestHeader("X-CSRFToken", token()));
    editor.on(
      "fileUploadResponse",
      ({ data }) => {
        if (!data.picture) return;
        pictures.set(data.url, data.picture);
        editor.lang.image2.captionPlaceholder = captionOf(data);
      },
      null,
      null,
      1000, // after the plugin has read the answer
    );
    editor.on("instanceReady", () => {
      editor.lang.image2.captionPlaceholder = "";
      editor.lang.common.browseServer = editor.config.chooseFromLibrary;
      const img = ({ attributes }) => {
        const key = pictures.get(attributes["data-cke-saved-src"] || attributes.src);
        if (key) attributes["data-picture"] = String(key);
      };
      // applyToAll: a widget's own markup is kept from filters otherwise
      editor.dataProcessor.htmlFilter.addRules({ elements: { img } }, { applyToAll: true });
      const pasted = editor.widgets.registered.uploadimage;
      if (pasted) {
        pasted.onUploaded = function onUploaded(loader) {
          this.replaceWith(figure(loader.responseData));
        };
      }
      follow(editor);
    });
  }

  /* A new picture in a story has a caption; whoever wants none takes the tick away. */
  function captionFirst({ data }) {
    if (data.name !== "image2") return;
    const tick = data.definition.getContents("info").get("hasCaption");
    const { setup } = tick;
    tick.setup = function setupCaption(widget) {
      setup.call(this, widget);
      if (!widget.data.src) this.setValue(true);
    };
  }

  function start() {
    if (!window.CKEDITOR) return;
    CKEDITOR.on("instanceCreated", prepare);
    CKEDITOR.on("dialogDefinition", captionFirst);
  }

  if (window.CKEDITOR) start();
  else document.addEventListener("DOMContentLoaded", start, true);
})();
