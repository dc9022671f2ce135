// Draws the diagrams: node docs/diagrams/render.mjs FOLDER
//
// FOLDER is where `npm install mermaid@11 playwright-core@1.49.1` was run; Debian's chromium draws. Each picture keeps its
// source, and a test compares the two.
import { createRequire } from "node:module";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const folder = resolve(process.argv[2] ?? ".");
const { chromium } = createRequire(join(folder, "package.json"))("playwright-core");
const here = dirname(fileURLToPath(import.meta.url));
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage();
await page.setContent("<body></body>");
await page.addScriptTag({ path: join(folder, "node_modules/mermaid/dist/mermaid.min.js") });
for (const name of readdirSync(here).filter((name) => name.endsWith(".mmd")).sort()) {
  const source = readFileSync(join(here, name), "utf8");
  const id = name.replace(".mmd", "");
  const svg = await page.evaluate(async ([id, source]) => {
    globalThis.mermaid.initialize({ startOnLoad: false, theme: "neutral", deterministicIds: true, fontFamily: "sans-serif" });
    const { svg } = await globalThis.mermaid.render(id, source);
    // As XML, with a background of its own: pages may be dark.
    const element = new DOMParser().parseFromString(svg, "text/html").querySelector("svg");
    element.style.backgroundColor = "white";
    const kept = document.createElementNS("http://www.w3.org/2000/svg", "metadata");
    kept.textContent = source;
    element.prepend(kept);
    return new XMLSerializer().serializeToString(element);
  }, [id, source]);
  writeFileSync(join(here, `${id}.svg`), `${svg}\n`);
}
await browser.close();
