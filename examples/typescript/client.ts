// One agent at work: signs in, answers one call, ends it, and signs out. Every command and every event is typed by the
// contract (fixtures/schema), so a wrong name or a forgotten null does not compile.
//
//   npm ci && npm run build && npm start -- http://127.0.0.1:8112 http://127.0.0.1:8113
//
// The second address is the simulator of `cargo run --release -- demo`, which is asked for a call; without it, call 2003
// within half a minute.

import type { Accepted, CommandRequest, Envelope, Event } from "../../fixtures/schema/gc-4.4.12/gc.d.ts";

const [connector = "http://127.0.0.1:8112", simulator] = process.argv.slice(2);
const client = "typescript";
const agent = "1003";

/** The events that are objects. The queues of UCCE are an array of one: the types do not let one forget it. */
type Single = Exclude<Event, unknown[]>;
type OfType<T extends Single["type"]> = Extract<Single, { type: T }>;

async function send(data: CommandRequest["data"]): Promise<string> {
  const answer = await fetch(`${connector}/gc/command`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data } satisfies CommandRequest),
  });
  const body: unknown = await answer.json();
  // Whatever is not accepted is answered with an event: what is wrong, and what to do.
  if (answer.status !== 202) throw new Error(`${data.type}: ${JSON.stringify(body as Event)}`);
  return (body as Accepted).commandId;
}

/** The client's events, one after the other. A client that runs on keeps the last cursor, to resume with `since`. */
async function* stream(): AsyncGenerator<Envelope, never> {
  const answer = await fetch(`${connector}/gc/events/${client}?envelope=true`);
  if (!answer.ok || !answer.body) throw new Error(await answer.text());
  let text = "";
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
      text = text.slice(end + 2);
      if (data) yield JSON.parse(data) as Envelope;
    }
  }
  throw new Error("the stream has ended");
}

/** Reads on until an event of this type for which this is true. An Error on the way ends everything. */
async function until<T extends Single["type"]>(type: T, is: (event: OfType<T>) => boolean = () => true) {
  for (;;) {
    const { value: envelope } = await events.next();
    patience.refresh();
    const event = envelope.event;
    if (Array.isArray(event)) continue;
    console.log(envelope.sequence ?? "-", event.type, "state" in event ? event.state : "");
    if (event.type === "Error") throw new Error(`${event.errorType}: ${event.errorMessage}`);
    if (event.type === type && is(event as OfType<T>)) return event as OfType<T>;
  }
}

/** The agent's own state: of a team member's state, `agentId` is the supervisor. */
const state = (wanted: string) => until("State", (event) => event.teamAgentId === undefined && event.state === wanted);

const patience = setTimeout(() => {
  console.error("there was no event for half a minute");
  process.exit(1);
}, 30_000).unref();

await send({ type: `Hello#${client}` });
const events = stream();
await until("System", (system) => system.status === "IN_SERVICE");
await send({ type: `Connect#${agent}`, body: `${client},demo` });
await until("ConnectStatus");
await send({ type: `Login#${agent}`, body: "demo,2003" });
// NOT_READY, but whoever was signed in already keeps the state.
await until("State");
await send({ type: `MakeReady#${agent}` });
await state("READY");

if (simulator) {
  await fetch(`${simulator}/sim/calls`, { method: "POST", body: JSON.stringify({ from: "5550100", to: agent }) });
}
const call = await until("NewInboundCall");
console.log(`${call.fromAddress} calls, about ${call.callVariables[0]?.["callVariable1"] || "nothing in particular"}`);
await send({ type: `AnswerCall#${agent}`, body: call.dialogId });
const active = await until("InboundCall", (event) => event.dialogId === call.dialogId && event.state === "ACTIVE");
console.log("talking since", active.startTime, "with", active.participants.map((each) => each.mediaAddress).join(", "));
await send({ type: `ReleaseCall#${agent}`, body: call.dialogId });
await until("InboundCall", (event) => event.dialogId === call.dialogId && event.state === "DROPPED");

await send({ type: `MakeNotReady#${agent}` });
await state("NOT_READY");
await send({ type: `Logout#${agent}` });
await state("LOGOUT");
process.exit(0);
