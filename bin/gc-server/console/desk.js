// What an agent's desktop knows, by the events alone. No page and no network here.

/** Events write some names differently in each dialect. */
const stateOf = (event) => event.state ?? event.State ?? "";
const dialogOf = (event) => event.dialogId ?? event.dialogID ?? event.assDialogId ?? "";

const CALL_EVENTS = new Set([
  "NewInboundCall", "NewOutboundCall", "NewOutboundPreviewCall", "InboundCall", "OutboundCall", "ConsultCall",
]);

export class Desk {
  service = "";
  agent;
  /** By dialog id, in the order of their beginning. */
  calls = new Map();
  /** By category: `NOT_READY`, `LOGOUT`, `WrapUp`. */
  reasons = new Map();
  teams = [];
  /** By login id. */
  members = new Map();
  queues = [];
  phoneBooks = [];
  /** The list that was asked for last: a title, and rows of text. */
  list = null;
  /** Numbers that were seen, for the forms. */
  numbers = new Set();
  /** The newest notices, the last one first. */
  notices = [];

  constructor(agentId, extension) {
    this.agent = { id: agentId, extension, name: "", state: "", reason: "", pending: "", supervises: false };
  }

  get isSignedIn() {
    return !["", "LOGOUT", "RE_LOGIN"].includes(this.agent.state);
  }

  /** The call that rings, if one does. */
  get ringing() {
    return [...this.calls.values()].find((call) => call.state === "ALERTING" && !call.isLeg);
  }

  /** Takes one event. Queue statistics of UCCE come as an array. */
  apply(event) {
    if (Array.isArray(event)) return event.forEach((one) => this.apply(one));
    if (event.agentId && event.agentId !== this.agent.id) return;
    if (CALL_EVENTS.has(event.type)) return this.#call(event);
    const take = this.#takes[event.type];
    if (take) take(event);
  }

  #takes = {
    System: (event) => (this.service = event.status),
    Error: (event) => this.#notice(`${event.errorType}: ${event.errorMessage}`),
    AgentInfo: (event) => {
      this.agent.name = [event.firstName, event.lastName].filter(Boolean).join(" ");
      this.agent.supervises = event.supervisor === true;
      this.teams = event.teams ?? [];
    },
    State: (event) => this.#state(event),
    ReasonCodes: (event) => this.reasons.set(event.category, event.reasonCodes ?? []),
    TeamAgents: (event) => this.#team(event.users ?? []),
    QueueStats: (event) => (this.queues = queuesOf(event)),
    PhoneBook: (event) => (this.phoneBooks = event.phoneBook ?? []),
    phoneBookContacts: (event) => this.#contacts(event.contact ?? []),
    Agents: (event) => this.#people("Agents", event.users ?? []),
    supervisors: (event) => this.#rows("Supervisors", event.supervisorList ?? event.supervisors ?? []),
    skillGroup: (event) => this.#rows("Skill groups", event.skillGroups ?? event.skills ?? []),
    no_data_found: (event) => this.#notice(event.data),
    callback: (event) => this.#notice(event.data),
    CALLBACK: (event) => this.#notice(event.data),
    Control: (event) => this.#notice(event.message ?? event.data ?? `dropped: ${event.participantDropped}`),
    Gap: () => this.#notice("Events are missing: refresh."),
  };

  #state(event) {
    if (event.teamAgentId) {
      const member = this.members.get(event.teamAgentId) ?? { id: event.teamAgentId };
      const { fullName: name = member.name, extension = "", label = "" } = event;
      this.members.set(member.id, { ...member, name, extension, state: stateOf(event), label });
      return;
    }
    const { agent } = this;
    agent.state = stateOf(event);
    agent.reason = event.label || event.reasonCode || "";
    agent.pending = event.pendingState ?? "";
    agent.name = event.fullName || agent.name;
    agent.extension = event.extension || agent.extension;
    if (!this.isSignedIn) this.calls.clear(); // LOGOUT ends the agent's calls.
  }

  #call(event) {
    const id = dialogOf(event);
    const state = stateOf(event);
    if (state === "DROPPED") return void this.calls.delete(id);
    const known = this.calls.get(id) ?? { id, variables: {}, participants: [] };
    this.calls.set(id, {
      ...known,
      isLeg: event.type === "ConsultCall",
      isOffer: known.isOffer ?? isOffer(event),
      state: state || (event.type === "NewInboundCall" ? "ALERTING" : known.state ?? ""),
      from: event.fromAddress ?? known.from ?? "",
      to: event.toAddress ?? known.to ?? "",
      type: event.callType ?? known.type ?? "",
      queue: event.queueName || known.queue || "",
      participants: event.participants ?? known.participants,
      variables: event.callVariables ? Object.assign({}, ...event.callVariables) : known.variables,
    });
    if (event.fromAddress) this.numbers.add(event.fromAddress);
  }

  #team(users) {
    this.members = new Map(users.map((user) => {
      const { loginId: id, extension, state, label } = user;
      return [id, { id, name: `${user.firstName} ${user.lastName}`, extension, state, label }];
    }));
  }

  #contacts(contacts) {
    for (const { phoneNumber } of contacts) this.numbers.add(phoneNumber);
    const rows = contacts.map((one) => [`${one.firstName} ${one.lastName}`, one.description, one.phoneNumber]);
    this.list = { title: "Contacts", rows };
  }

  #people(title, users) {
    for (const { extension } of users) if (extension) this.numbers.add(extension);
    this.list = { title, rows: users.map((one) => [`${one.firstName} ${one.lastName}`, one.extension]) };
  }

  /** Lists whose members are objects of a few texts. */
  #rows(title, list) {
    const objects = Array.isArray(list) ? list : Object.values(list);
    this.list = { title, rows: objects.map((one) => Object.values(one).map(textOf)) };
  }

  #notice(text) {
    this.notices = [text, ...this.notices].slice(0, 5);
  }
}

function textOf(value) {
  return typeof value === "object" && value !== null ? Object.values(value).map(textOf).join(" ") : String(value ?? "");
}

/** Whether the dialer offers a customer, whom the agent accepts or rejects. */
function isOffer(event) {
  return event.type === "NewOutboundPreviewCall" || (event.type === "OutboundCall" && event.callType?.includes("PREVIEW"));
}

function queuesOf(event) {
  if (event.queue) {
    return event.queue.map((one) => ({
      name: one.queueName,
      waiting: one.callsInQueue,
      ready: one.agentsReady,
      notReady: one.agentsNotReady,
      talking: ["agentsTalkingInbound", "agentsTalkingInternal", "agentsTalkingOutbound"]
        .reduce((sum, member) => sum + Number(one[member] || 0), 0),
    }));
  }
  const numbered = Object.entries(event).filter(([name]) => /^queue\d+$/.test(name)).map(([, queue]) => queue);
  return numbered.map(({ queueName: name, queue_SnapShot: now = {} }) => ({
    name, waiting: now.WaitingCalls, ready: now.AgentsReady, notReady: now.AgentsNotReady, talking: now.AgentsTalking,
  }));
}
