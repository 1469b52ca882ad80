// Run by Node: what Mozilla's Readability makes of pages, as JSON on standard output.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(process.argv[2] + "/");
const { Readability } = require("@mozilla/readability");
const { JSDOM, VirtualConsole } = require("jsdom");

const plain = (html) => new JSDOM(html).window.document.body.textContent;
const pages = JSON.parse(readFileSync(0, "utf8"));
const found = pages.map((page) => {
  const dom = new JSDOM(page.html, { url: page.url, virtualConsole: new VirtualConsole() });
  const picture = dom.window.document.querySelector('meta[property="og:image"]')?.content ?? "";
  const article = new Readability(dom.window.document).parse() ?? {};
  return {
    title: article.title ?? "",
    authors: article.byline ? [article.byline] : [],
    date: article.publishedTime ?? "",
    picture,
    text: plain((article.content ?? "").replace(/<\/(p|div|li|t[dhr]|h\d|caption|figcaption|blockquote)>/g, "$& ")),
  };
});
console.log(JSON.stringify({ Readability: found }));
