// The console: an agent's and a supervisor's desktop, made of commands and events alone.

import { Connector } from "./connector.js";
import { Desk } from "./desk.js";
import { Log } from "./log.js";
import { Simulator } from "./simulator.js";
import { showCalls } from "./calls.js";
import { buttons, byId, element, keyed, rows, write } from "./page.js";

const log = new Log();
const simulator = simulatorOf(document.querySelector('meta[name="simulator"]').content);
let desk = null;
let connector = null;
/** Why no events come; null when they do. */
let streamFailure = "not connected";

/** Sends a command for the agent, or for a team member. */
async function send(type, body = "null", target = desk.agent.id) {
  const envelope = Connector.envelope(type, target, body);
  // Before it is sent: what its events say may be there before its answer.
  write(byId("alarm"), "");
  const { status, answer } = await connector.send(envelope);
  log.command(envelope, status, answer);
  if (status === 202) return true;
  write(byId("alarm"), answer?.errorMessage ?? `${type} was refused (HTTP ${status}).`);
  return false;
}

async function signIn(form) {
  write(byId("alarm"), "");
  streamFailure = "not connected";
  const given = Object.fromEntries(new FormData(form));
  const client = given.client || `console-${given.agent}`;
  connector?.stop();
  desk = new Desk(given.agent, given.extension);
  connector = new Connector(client, given.token);
  // Hello makes the client known; only then it has a stream.
  if (!(await send("Hello", "null", client))) return show();
  connector.follow(take, (failure) => {
    streamFailure = failure;
    write(byId("service"), serviceText());
  });
  if (!(await send("Connect", `${client},${given.password}`))) return show();
  if (given.phone) {
    const mode = given.call_by_call ? "true" : "false";
    await send("MobileAgentLogin", `${given.password},${given.extension},${given.phone},${mode}`);
  } else {
    await send("Login", `${given.password},${given.extension}`);
  }
  form.password.value = "";
}

/** One event, in its envelope. */
function take(envelope) {
  const wasSignedIn = desk.isSignedIn;
  const noticesBefore = desk.notices;
  log.event(envelope);
  desk.apply(envelope.event);
  if (desk.notices !== noticesBefore) write(byId("alarm"), desk.notices[0]);
  if (desk.isSignedIn && !wasSignedIn) askForLists();
  show();
}

function askForLists() {
  for (const type of ["reasoncodenotready", "reasoncodelogout", "wrapupreasoncode"]) send(type);
  byId("agent-title").focus();
}

function show() {
  const { agent, isSignedIn } = desk;
  byId("sign-in").hidden = isSignedIn;
  for (const id of ["agent", "calls", "lists"]) byId(id).hidden = !isSignedIn;
  byId("supervisor").hidden = !(isSignedIn && agent.supervises);
  write(byId("service"), serviceText());
  if (!isSignedIn) return;
  write(byId("agent-name"), `${agent.name || agent.id} (${agent.id}, extension ${agent.extension})`);
  byId("agent-state").dataset.state = agent.state;
  write(byId("agent-state"), stateText(agent));
  reasons("not-ready-reasons", "NOT_READY");
  reasons("logout-reasons", "LOGOUT");
  options(byId("numbers"), [...desk.numbers]);
  options(byId("wrap-up-reasons"), (desk.reasons.get("WrapUp") ?? []).map((one) => one.label));
  showCalls(desk, send);
  showTeam();
  showLists();
  const { ringing } = desk;
  if (ringing) write(byId("alarm"), `A call from ${ringing.from || "an unknown number"} rings.`);
}

function stateText({ state, reason, pending }) {
  const because = reason ? `: ${reason}` : "";
  return pending ? `${state}${because}, then ${pending}` : `${state}${because}`;
}

function serviceText() {
  if (streamFailure) return `No events: ${streamFailure}`;
  const service = { IN_SERVICE: "Finesse is in service", OUT_OF_SERVICE: "Finesse is out of service" }[desk.service];
  return `${service ?? "Connected"}; client ${connector.client}`;
}

function reasons(id, category) {
  const select = byId(id);
  const list = [{ code: "", label: "choose a reason" }, ...(desk.reasons.get(category) ?? [])];
  keyed(select, list, (one) => one.code, () => element("option"), (option, one) => {
    option.value = one.code;
    write(option, one.label);
  });
}

function options(list, values) {
  keyed(list, values, (value) => value, () => element("option"), (option, value) => (option.value = value));
}

function showTeam() {
  buttons(byId("teams"), desk.teams.map(({ id, name }) => [id, `Team ${name}`, () => send("getteamusers", `${id},true`)]));
  const stateOf = ({ state, label }) => (label ? `${state}: ${label}` : state);
  rows(byId("team"), [...desk.members.values()], (member) => member.id, (member) => [
    `${member.name} (${member.id})`, member.extension, stateOf(member), (cell) => buttons(cell, memberActions(member)),
  ]);
  rows(byId("queues"), desk.queues, (queue) => queue.name, ({ name, waiting, ready, notReady, talking }) => [
    name, waiting, ready, notReady, talking,
  ]);
}

function memberActions({ id, extension, state }) {
  if (state === "LOGOUT") return [];
  const monitored = [...desk.calls.values()].find((call) => call.type.includes("MONITOR"));
  const actions = [
    ["ready", "Ready", () => send("MakeReady", "null", id)],
    ["not-ready", "Not ready", () => send("MakeNotReady", "null", id)],
    ["logout", "Log out", () => send("Logout", "null", id)],
    ["monitor", "Listen", () => send("silentmonitor", extension)],
  ];
  if (monitored) actions.push(["barge", "Join the call", () => send("bargein", `${extension},${monitored.id}`)]);
  return actions;
}

function showLists() {
  const open = ({ id, name }) => [id, name, () => send("GetPhonebookContacts", id)];
  buttons(byId("phone-books"), desk.phoneBooks.map(open));
  const table = byId("list");
  if (!desk.list) return void (table.hidden = true);
  write(table.caption, desk.list.title);
  rows(table, desk.list.rows, (row) => row.join("\n"), (row) => row);
}

function simulatorOf(url) {
  return url ? new Simulator(url) : null;
}

/** Does something in the simulated world, and says what came of it. */
async function inTheWorld(what, act) {
  try {
    await act();
    write(byId("world-answer"), `${what}: done.`);
    await showWorld();
  } catch (error) {
    write(byId("world-answer"), `${what}: ${error.message}`);
  }
}

async function showWorld() {
  const calls = await simulator.calls();
  const hangUp = ({ dialogId }) => ["drop", "Hang up", () => inTheWorld("Hang up", () => simulator.hangUp(dialogId))];
  rows(byId("world-calls"), calls, (call) => call.dialogId, (call) => [
    `${call.dialogId}: ${call.from} to ${call.to}`,
    call.parties.map((party) => `${party.address} ${party.state}`).join(", ") || (call.waiting ? "waits" : ""),
    (cell) => buttons(cell, [hangUp(call)]),
  ]);
}

const worldActions = {
  calls: () => showWorld(),
  break: () => simulator.service("OUT_OF_SERVICE"),
  mend: () => simulator.service("IN_SERVICE"),
  cut: () => simulator.cutStream(desk?.agent.id ?? ""),
  breakNode: () => simulator.node(byId("node").value, "down"),
  mendNode: () => simulator.node(byId("node").value, "up"),
  beginMaintenance: () => simulator.maintenance(byId("node").value, "IN_PROGRESS"),
  endMaintenance: () => simulator.maintenance(byId("node").value, "OFF"),
};

function start() {
  byId("agent-title").tabIndex = -1;
  byId("sign-in-form").addEventListener("submit", (event) => {
    event.preventDefault();
    signIn(event.target);
  });
  byId("dial").addEventListener("submit", (event) => {
    event.preventDefault();
    send("MakeCall", event.target.number.value.trim());
  });
  for (const button of document.querySelectorAll("main [data-command]")) {
    button.type = "button";
    button.addEventListener("click", () => send(button.dataset.command, button.dataset.body));
  }
  for (const select of document.querySelectorAll("[data-reasons]")) {
    select.addEventListener("change", () => {
      if (select.value) send(select.dataset.reasons, select.value);
      select.value = "";
    });
  }
  byId("leave").addEventListener("click", () => location.reload());
  if (simulator) startWorld();
}

function startWorld() {
  byId("world").hidden = false;
  const suggestion = { agent: "1001", password: "demo", extension: "2001" };
  for (const [name, value] of Object.entries(suggestion)) byId("sign-in-form")[name].value = value;
  byId("customer").addEventListener("submit", (event) => {
    event.preventDefault();
    const { from, to } = event.target;
    inTheWorld("Call", () => simulator.call(from.value.trim(), to.value.trim() || desk?.agent.id || ""));
  });
  byId("customer").to.required = false;
  byId("campaign").addEventListener("submit", (event) => {
    event.preventDefault();
    const { kind, customer } = event.target;
    inTheWorld("Campaign", () => simulator.campaign(kind.value, desk?.agent.id ?? "", customer.value.trim()));
  });
  for (const button of document.querySelectorAll("[data-world]")) {
    button.addEventListener("click", () => inTheWorld(button.textContent, worldActions[button.dataset.world]));
  }
}

start();
