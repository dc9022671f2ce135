// The agent's calls, and what can be done with each.

import { buttons, byId, element, keyed, rows, write } from "./page.js";

/** The commands that name a call alone, by its state. */
const BY_STATE = {
  ALERTING: [["AnswerCall", "Answer"]],
  ACTIVE: [["HoldCall", "Hold"], ["ReleaseCall", "Release"]],
  HELD: [["RetrieveCall", "Retrieve"], ["ReleaseCall", "Release"]],
};
const OTHERWISE = [["ReleaseCall", "Release"]];

const OFFER = [
  ["AcceptOutboundPreview", "Accept", "ACCEPT"],
  ["RejectOutboundPreview", "Reject", "REJECT"],
  ["CloseOutboundPreview", "Close", "CLOSE"],
];

export function showCalls(desk, send) {
  const calls = [...desk.calls.values()];
  byId("no-calls").hidden = calls.length > 0;
  const make = (call) => callElement(desk, call.id, send);
  keyed(byId("call-list"), calls, (call) => call.id, make, (node, call) => showCall(node, desk, call, send));
}

/** The element of a call, with the forms whose fields survive its events. */
function callElement(desk, id, send) {
  const node = byId("call-template").content.firstElementChild.cloneNode(true);
  const field = (name) => node.querySelector(`[name="${name}"]`);
  const value = (name) => field(name).value.trim();
  const own = desk.agent.extension;
  const bodies = {
    ConsultCall: () => `${value("number")},${id}`,
    Transfer_sst: () => `${value("number")},${id}`,
    wrapup: () => `${value("wrap_up")},${id}`,
    SHCEDULECALLBACK: () => `${own},${id},${value("time")},${value("callback_number")}`,
    CANCELSHCEDULECALLBACK: () => `${own},${id}`,
    update_call_variable: () => `${id},${value("variable")}=${value("value")}`,
  };
  for (const button of node.querySelectorAll("[data-call]")) {
    button.addEventListener("click", () => send(button.dataset.call, bodies[button.dataset.call]()));
  }
  return node;
}

function showCall(node, desk, call, send) {
  node.dataset.state = call.state;
  const kind = call.isLeg ? "Consultation" : "Call";
  write(node.querySelector("h3"), `${kind} ${call.id}: ${call.state}`);
  const queue = call.queue ? `, queue ${call.queue}` : "";
  write(node.querySelector(".what"), `${call.from || "?"}${call.to ? ` to ${call.to}` : ""} (${call.type || "no type"}${queue})`);
  const participants = call.participants ?? [];
  keyed(node.querySelector(".participants"), participants, (one) => one.mediaAddress, participant, (item, one) => {
    const cause = one.stateCause ? ` (${one.stateCause})` : "";
    write(item.firstElementChild, `${one.mediaAddress} ${one.state}${cause}`);
    const isOther = desk.agent.supervises && one.mediaAddress !== desk.agent.extension;
    const drop = ["drop", "Drop", () => send("dropparticipant", `${one.mediaAddress},${call.id}`)];
    buttons(item.lastElementChild, isOther ? [drop] : []);
  });
  buttons(node.querySelector(".actions"), actionsOf(desk, call, send));
  rows(node.querySelector(".variables"), filled(call.variables), ([name]) => name, (pair) => pair);
}

const participant = () => element("li", {}, element("span"), element("span", { className: "buttons" }));

const filled = (variables) => Object.entries(variables ?? {}).filter(([, value]) => value !== "");

function actionsOf(desk, call, send) {
  if (call.isOffer && desk.agent.state.startsWith("RESERVED")) {
    return OFFER.map(([type, label, decision]) => [type, label, () => send(type, `${call.id},${decision}`)]);
  }
  if (call.type.includes("MONITOR")) {
    return [["endsilentmonitor", "Stop listening", () => send("endsilentmonitor", call.id)]];
  }
  const actions = (BY_STATE[call.state] ?? OTHERWISE).map(([type, label]) => [type, label, () => send(type, call.id)]);
  // A consultation is completed at the call that is held.
  if (call.state === "HELD" && desk.calls.size > 1) {
    const own = desk.agent.extension;
    actions.push(["TransferCall", "Transfer", () => send("TransferCall", `${own},${call.id}`)]);
    actions.push(["Conferencecall", "Conference", () => send("Conferencecall", `${own},${call.id}`)]);
  }
  return actions;
}
