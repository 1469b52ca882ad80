/* Counts a reading once its page was looked at for five seconds in a row. Sends the story's number and no cookie, keeps
   nothing in the browser. Where a program drives the browser, nobody reads. */
(() => {
  "use strict";
  const { story, to } = document.currentScript.dataset;
  let timer;
  const send = () => {
    document.removeEventListener("visibilitychange", watch);
    fetch(to, { method: "POST", body: story, credentials: "omit", keepalive: true }).catch(() => {});
  };
  const watch = () => {
    clearTimeout(timer);
    if (document.visibilityState === "visible") timer = setTimeout(send, 5000);
  };
  if (navigator.webdriver) return;
  document.addEventListener("visibilitychange", watch);
  watch();
})();
