// The administrators' page in a browser: node admin.mjs <url of a running demo in which 1001 and 1002 are signed in> <url of a
// connector that knows its callers> <an administrator's token>. Every step waits for what the page shows.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.INTEROP_NODE_DIR ?? process.cwd(), "package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const [url, guarded, token] = process.argv.slice(2);
const shots = process.env.CONSOLE_SCREENSHOTS;

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
const problems = [];

/** The page, in a context of its own. */
async function open(path = "admin/", options = {}, at = url) {
  const context = await browser.newContext({ viewport: { width: 1300, height: 1000 }, ...options });
  const page = await context.newPage();
  page.on("pageerror", (error) => problems.push(error.message));
  // For JSON it asks for an icon, which is not there.
  const isIcon = (line) => line.location().url.endsWith("/favicon.ico");
  page.on("console", (line) => line.type() === "error" && !isIcon(line) && problems.push(line.text()));
  await page.goto(at + path);
  return page;
}

/** What axe finds on the page, by WCAG 2.2 AA. It reads the colours only of what `painted` selects, because they take most of its time. */
async function accessible(page, where, painted = "html") {
  await page.evaluate(axe);
  const violations = await page.evaluate(async (painted) => {
    const runOnly = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];
    const shape = await window.axe.run({ runOnly, rules: { "color-contrast": { enabled: false } } });
    const colours = await window.axe.run(painted, { runOnly: { type: "rule", values: ["color-contrast"] } });
    return [...shape.violations, ...colours.violations];
  }, painted);
  for (const { id, nodes } of violations) problems.push(`${where}: ${id}: ${nodes.map((node) => node.target).join(", ")}`);
}

const shot = async (page, name) => shots && page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
const row = (page, name) => page.locator("#agents tbody tr", { has: page.getByRole("rowheader", { name }) });
const command = (type) =>
  fetch(`${url}gc/command`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data: { type, body: "" } }),
  });

const steps = {
  async "it is complete without JavaScript"() {
    const page = await open("admin", { javaScriptEnabled: false });
    await page.getByRole("heading", { name: "All is well" }).waitFor();
    await row(page, "1001").getByText("NOT_READY").click();
    await page.getByText("Only: state NOT_READY.").waitFor();
    if ((await page.locator("#agents tbody tr").count()) !== 2) problems.push("two agents are NOT_READY");
    await row(page, "1001").getByRole("link", { name: "1001 as JSON" }).click();
    const shown = JSON.parse(await page.locator("pre").textContent());
    if (shown.agent !== "1001") problems.push(`${shown.agent} instead of 1001`);
    await page.goBack();
    if (await page.getByRole("button").first().isVisible()) problems.push("there is a button that does nothing");
  },
  async "it can be used by everybody, light and dark"() {
    for (const colorScheme of ["light", "dark"]) {
      const page = await open("admin/", { colorScheme });
      await accessible(page, colorScheme);
      await shot(page, `admin-${colorScheme}`);
    }
    const page = await open();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    if (!page.url().endsWith("#status")) problems.push(`the first link leads to ${page.url()}`);
  },
  async "it follows what happens, and the focus stays"() {
    const page = await open();
    await row(page, "1001").getByRole("link", { name: "NOT_READY" }).focus();
    await command("MakeReady#1001");
    await row(page, "1001").getByRole("link", { name: "READY", exact: true }).waitFor();
    const focused = await page.evaluate(() => document.activeElement.textContent);
    if (focused !== "READY") problems.push(`the focus is at ${focused}`);
    await row(page, "1001").getByRole("link", { name: "READY", exact: true }).click();
    await page.getByText("Only: state READY.").waitFor();
    if ((await page.locator("#agents tbody tr").count()) !== 1) problems.push("one agent is READY");
    await page.getByRole("link", { name: "All agents" }).click();
    await row(page, "1002").waitFor();
  },
  async "a paused page stays as it is"() {
    const page = await open();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("Paused").waitFor();
    let asked = 0;
    page.on("request", () => (asked += 1));
    await page.clock.install();
    await page.clock.runFor(60_000);
    if (asked > 0) problems.push("it asks although it is paused");
  },
  async "ids can be copied"() {
    const page = await open();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await row(page, "1001").getByRole("button", { name: "Copy 1001" }).click();
    await row(page, "1001").getByText("Copied").waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    if (copied !== "1001") problems.push(`copied: ${copied}`);
  },
  async "it says why something is wrong"() {
    const page = await open();
    const console = await (await fetch(url)).text();
    const simulator = console.match(/name="simulator" content="([^"]*)"/)[1];
    const system = (status) =>
      fetch(`${simulator}/system`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ status }) });
    await system("OUT_OF_SERVICE");
    await page.getByText("Finesse is out of service in cluster default.").waitFor();
    await accessible(page, "something is wrong");
    await shot(page, "admin-wrong");
    await page.locator("#status").getByRole("link", { name: "Show" }).first().click();
    if (!page.url().endsWith("#clusters")) problems.push(`the reason leads to ${page.url()}`);
    await system("IN_SERVICE");
    await page.getByRole("heading", { name: "All is well" }).waitFor();
  },
  async "the contract is a page for everybody, too"() {
    for (const colorScheme of ["light", "dark"]) {
      const page = await open("contract", { colorScheme, javaScriptEnabled: colorScheme === "light" });
      await page.getByRole("link", { name: "Commands" }).click();
      await page.getByRole("heading", { name: "MakeCallCommand" }).waitFor();
      await page.getByRole("link", { name: "CommandRequest", exact: true }).first().click();
      if (!page.url().endsWith("#CommandRequest")) problems.push(`the body leads to ${page.url()}`);
    }
    const page = await open("contract");
    // Some of each kind: there are thousands of lines, all in the same colours.
    const some = "header, nav, main > section:first-child, section[id] > :nth-child(-n+4)";
    for (const part of some.split(", ")) if ((await page.locator(part).count()) === 0) problems.push(`the contract has no ${part}`);
    await accessible(page, "the contract", some);
    await page.emulateMedia({ colorScheme: "dark" });
    await accessible(page, "the contract, dark", some);
    if (shots) await page.screenshot({ path: join(shots, "contract.png") });
  },
  async "a token is asked for, and is good for the page and what it loads"() {
    const page = await open("admin/", { httpCredentials: { username: "any", password: token } }, guarded);
    await page.getByRole("heading", { name: "All is well" }).waitFor();
    await page.locator("html.scripted").waitFor();
    const answer = await page.waitForResponse((answer) => answer.request().resourceType() === "fetch");
    if (answer.status() !== 200) problems.push(`the page is refreshed with ${answer.status()}`);
  },
};

try {
  for (const [name, step] of Object.entries(steps)) {
    await step();
    console.log(`ok: ${name}`);
  }
} catch (error) {
  problems.push(error.message);
}
await browser.close();
for (const problem of problems) console.log(`PROBLEM: ${problem}`);
process.exit(problems.length ? 1 : 0);
