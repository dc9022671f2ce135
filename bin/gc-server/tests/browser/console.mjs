// The console in a browser: node console.mjs <url of a running demo>. Every step waits for what the page shows.

import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.INTEROP_NODE_DIR ?? process.cwd(), "package.json"));
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");
const url = process.argv[2];
const shots = process.env.CONSOLE_SCREENSHOTS;

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
const problems = [];

/** A page in which this agent is signed in. */
async function desk(agent, extension, colorScheme = "light") {
  const context = await browser.newContext({ viewport: { width: 1400, height: 1000 }, colorScheme });
  const page = await context.newPage();
  page.on("pageerror", (error) => problems.push(`${agent}: ${error.message}`));
  page.on("console", (line) => line.type() === "error" && problems.push(`${agent}: ${line.text()}`));
  await page.goto(url);
  await page.getByRole("textbox", { name: "Agent", exact: true }).fill(agent);
  await page.getByLabel("Password").fill("demo");
  await page.getByLabel("Extension").fill(extension);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Agent", exact: true }).waitFor();
  return page;
}

const press = (scope, name) => scope.getByRole("button", { name, exact: true }).first().click();
const state = (page, text) => page.locator("#agent-state", { hasText: text }).waitFor();
const call = (page, text) => page.locator("article.call", { hasText: text });
const gone = (page) => page.locator("#no-calls").waitFor();

/** What axe finds on the page, by WCAG 2.2 AA. */
async function accessible(page, where) {
  await page.evaluate(require("node:fs").readFileSync(axe, "utf8"));
  const { violations } = await page.evaluate(() => axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] }));
  for (const { id, nodes } of violations) problems.push(`${where}: ${id}: ${nodes.map((node) => node.target).join(", ")}`);
}

const shot = async (page, name) => shots && page.screenshot({ path: join(shots, `${name}.png`) });

/** Goes on with the keyboard until this button or field has the focus, and presses a key there. */
async function withKeyboard(page, name, key = "Enter") {
  const said = () => page.evaluate(() => (document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim());
  for (let tabs = 0; tabs < 120; tabs += 1) {
    if ((await said()) === name) return page.keyboard.press(key);
    await page.keyboard.press("Tab");
  }
  problems.push(`the keyboard does not reach ${name}`);
}

/** Waits until Finesse's node of this number is the one that is used, and the agent's stream is open there. */
async function usesNode(number, agent) {
  const ask = async (path) => (await fetch(`${url}admin/${path}`)).json();
  for (;;) {
    const [{ nodes }] = (await ask("clusters")).clusters;
    const { stream } = await ask(`agents/${agent}`);
    if (nodes[number].current && stream.open && stream.node === nodes[number].node) return;
    await new Promise((again) => setTimeout(again, 100));
  }
}

const steps = {
  async "an agent's call"({ amira }) {
    await press(amira, "Ready");
    await state(amira, "READY");
    await press(amira.locator("#customer"), "Call");
    await press(call(amira, "ALERTING"), "Answer");
    const talking = call(amira, ": ACTIVE");
    await talking.getByText("Consult, transfer").click();
    await talking.getByLabel("Variable", { exact: true }).fill("callVariable1");
    await talking.getByLabel("Value").fill("gold, and more");
    await press(talking, "Change");
    await talking.getByRole("cell", { name: "gold, and more" }).waitFor();
    await talking.getByLabel("Wrap-up reason").fill("Sale");
    await press(talking, "Set");
    await accessible(amira, "a call");
    await shot(amira, "console");
    await press(talking, "Hold");
    await press(call(amira, ": HELD"), "Retrieve");
  },
  async "a consultation and a conference"({ amira, ben }) {
    const talking = call(amira, ": ACTIVE");
    await talking.getByLabel("Number").first().fill("2002");
    await press(talking, "Consult");
    await press(call(ben, "ALERTING"), "Answer");
    await press(call(amira, ": HELD"), "Conference");
    await call(amira, "2002 ACTIVE").waitFor();
  },
  async "a supervisor listens, joins and drops"({ amira, ben, chief }) {
    await press(chief, "Team Sales");
    const row = chief.getByRole("row", { name: "Amira Haddad" });
    await row.getByText("TALKING").waitFor();
    await press(row, "Listen");
    await call(chief, "SUPERVISOR_MONITOR").waitFor();
    await press(row, "Join the call");
    await call(chief, "2002 ACTIVE").waitFor();
    await accessible(chief, "a supervisor, dark");
    await shot(chief, "console-supervisor");
    await press(chief.getByRole("listitem").filter({ hasText: "2002 ACTIVE" }), "Drop");
    await gone(ben);
    await press(call(chief, "2001 ACTIVE"), "Release");
    await gone(chief);
    await press(call(amira, ": ACTIVE"), "Release");
    await gone(amira);
    await press(chief, "Queues");
    await chief.getByRole("row", { name: "Sales" }).first().waitFor();
  },
  async "a transfer, and a customer who hangs up"({ amira, ben }) {
    await press(amira, "Ready");
    await state(amira, "READY");
    await press(amira.locator("#customer"), "Call");
    await press(call(amira, "ALERTING"), "Answer");
    const talking = call(amira, ": ACTIVE");
    const more = talking.locator("details");
    if ((await more.getAttribute("open")) === null) await more.locator("summary").click();
    await talking.getByLabel("Number").first().fill("2002");
    await press(talking, "Consult");
    await press(call(ben, "ALERTING"), "Answer");
    await press(call(amira, ": HELD"), "Transfer");
    await gone(amira);
    await call(ben, "5550100 ACTIVE").waitFor();
    await press(ben, "Show all calls");
    await press(ben.locator("#world-calls"), "Hang up");
    await gone(ben);
  },
  async "a call with the keyboard alone"({ amira }) {
    await amira.locator("#agent-title").focus();
    await withKeyboard(amira, "Ready");
    await state(amira, "READY");
    await withKeyboard(amira, "calls");
    await amira.locator("#alarm", { hasText: "rings" }).waitFor();
    await amira.locator("#agent-title").focus();
    await withKeyboard(amira, "Answer");
    await call(amira, ": ACTIVE").waitFor();
    await withKeyboard(amira, "Release");
    await gone(amira);
  },
  async "a campaign's customer"({ amira }) {
    await press(amira, "Ready");
    await state(amira, "READY");
    await press(amira, "Bring it to the agent");
    await press(call(amira, "OUTBOUND"), "Accept");
    await state(amira, "TALKING");
    const talking = call(amira, "5550123 ACTIVE");
    const more = talking.locator("details");
    if ((await more.getAttribute("open")) === null) await more.locator("summary").click();
    await talking.getByLabel("Callback at").fill("2030-12-24T10:00");
    await talking.getByLabel("Number").last().fill("5550124");
    await press(talking, "Schedule");
    await amira.locator("#log b", { hasText: "callback" }).first().waitFor();
    await press(talking, "Release");
    await gone(amira);
  },
  async "lists and reasons"({ amira }) {
    await press(amira, "Phone books");
    await amira.locator("#phone-books button").first().click();
    await amira.getByRole("table", { name: "Contacts" }).waitFor();
    await amira.getByLabel("Not ready, because of").selectOption({ label: "Lunch" });
    await state(amira, "NOT_READY: Lunch");
  },
  async "Finesse goes and comes back"({ amira }) {
    await press(amira, "Take Finesse out of service");
    await amira.locator("#service", { hasText: "out of service" }).waitFor();
    await press(amira, "Put Finesse in service");
    await amira.locator("#service", { hasText: "is in service" }).waitFor();
  },
  async "a node breaks, the other one takes over, and it is in maintenance"({ amira }) {
    await amira.getByLabel("Finesse node").selectOption("a");
    await press(amira, "Break the node");
    await usesNode(1, "1001");
    await press(amira, "Ready");
    await state(amira, "READY");
    await press(amira, "Mend the node");
    await amira.locator("#world-answer", { hasText: "Mend the node: done." }).waitFor();
    await amira.getByLabel("Finesse node").selectOption("b");
    await press(amira, "Begin its maintenance");
    await usesNode(0, "1001");
    await press(amira, "Not ready");
    await state(amira, "NOT_READY");
    await press(amira, "End its maintenance");
    await amira.locator("#world-answer", { hasText: "End its maintenance: done." }).waitFor();
  },
  async "nothing secret is shown, and everything can be copied"({ amira }) {
    const connect = amira.locator("#log li", { hasText: "Connect#1001" });
    await connect.locator("summary").click();
    const text = await connect.locator("pre").textContent();
    if (text.includes("demo")) problems.push("the password is on the page");
    await amira.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await press(connect, "Copy as curl");
    await connect.getByRole("button", { name: "Copied" }).waitFor();
    const copied = await amira.evaluate(() => navigator.clipboard.readText());
    if (!copied.startsWith(`curl ${url}gc/command `)) problems.push(`copied: ${copied}`);
  },
  async "a refusal is shown, also when its event overtakes the answer"({ amira }) {
    const alarm = amira.locator("#alarm", { hasText: "." });
    const refused = amira.locator("#log .refused");
    await amira.locator("#dial [name=number]").fill("nobody");
    await press(amira.locator("#dial"), "Call");
    await alarm.waitFor({ state: "visible" });
    if ((await refused.count()) !== 1) problems.push(`${await refused.count()} refusals instead of 1`);
    // The same refusal again: what the first one left on the page is gone when the command is sent.
    let cleared = false;
    await amira.route("**/gc/command", async (route) => {
      cleared = (await alarm.count()) === 0;
      const response = await route.fetch();
      await refused.nth(1).waitFor();
      await route.fulfill({ response });
    });
    await press(amira.locator("#dial"), "Call");
    await amira.locator("#log b", { hasText: /^MakeCall$/ }).nth(1).waitFor();
    await alarm.waitFor({ state: "visible" });
    if (!cleared) problems.push("a command leaves an old refusal on the page");
    await amira.unroute("**/gc/command");
    await press(amira.locator("aside"), "Clear");
  },
  async "signing out"({ amira, chief }) {
    await amira.getByLabel("Log out, because of").selectOption({ label: "End of Shift" });
    await amira.getByRole("heading", { name: "Sign in" }).waitFor();
    await press(chief, "Force log-out");
    await chief.getByRole("heading", { name: "Sign in" }).waitFor();
    await accessible(amira, "signing in");
  },
};

try {
  const pages = {
    amira: await desk("1001", "2001"),
    ben: await desk("1002", "2002"),
    chief: await desk("1091", "2091", "dark"),
  };
  for (const [name, step] of Object.entries(steps)) {
    await step(pages);
    console.log(`ok: ${name}`);
  }
  for (const [name, page] of Object.entries(pages)) {
    for (const refused of await page.locator("#log .refused").allTextContents()) problems.push(`${name}: ${refused}`);
  }
} catch (error) {
  problems.push(error.message);
}
await browser.close();
for (const problem of problems) console.log(`PROBLEM: ${problem}`);
process.exit(problems.length ? 1 : 0);
