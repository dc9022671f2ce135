// The list of commands and events, with their exact JSON.

import { Connector } from "./connector.js";
import { byId } from "./page.js";

const KEPT = 500;

export class Log {
  #list = byId("log");
  #filter = byId("filter");

  constructor() {
    this.#filter.addEventListener("input", () => this.#sift());
    byId("clear").addEventListener("click", () => this.#list.replaceChildren());
  }

  /** A command and what was answered to it. */
  command(envelope, status, answer) {
    const [type] = envelope.data.type.split("#");
    const refused = status < 200 || status > 299;
    const shown = masked(envelope);
    const text = `${format(shown)}\n\nHTTP ${status}\n${format(answer)}`;
    this.#add({ type, text, json: shown, curl: Connector.asCurl(shown), direction: "→", refused, subject: envelope.data.type });
  }

  /** An event as it came, with what callbacks carry in headers. */
  event(envelope) {
    const { event } = envelope;
    const one = Array.isArray(event) ? event[0] ?? {} : event;
    const state = one.state ?? one.State ?? one.status ?? one.errorType ?? "";
    const subject = [one.agentId, envelope.dialogId, state].filter(Boolean).join(" ");
    const text = envelope.commandId ? `${format(event)}\n\nof command ${envelope.commandId}` : format(event);
    this.#add({ type: one.type, text, json: event, direction: "←", refused: one.type === "Error", subject });
  }

  #add({ type, text, json, curl, direction, refused, subject }) {
    const item = byId("entry-template").content.firstElementChild.cloneNode(true);
    const now = new Date();
    const time = item.querySelector("time");
    time.dateTime = now.toISOString();
    time.textContent = now.toLocaleTimeString();
    item.querySelector(".direction").textContent = direction;
    item.querySelector("b").textContent = type;
    item.querySelector(".subject").textContent = subject;
    item.querySelector("pre").textContent = text;
    item.classList.toggle("refused", refused);
    item.dataset.text = `${type} ${subject} ${text}`.toLowerCase();
    this.#copies(item, "json", JSON.stringify(json));
    this.#copies(item, "curl", curl);
    this.#list.prepend(item);
    while (this.#list.children.length > KEPT) this.#list.lastElementChild.remove();
    this.#sift();
  }

  #copies(item, what, text) {
    const button = item.querySelector(`[data-copy="${what}"]`);
    if (text === undefined) return button.remove();
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    });
  }

  #sift() {
    const wanted = this.#filter.value.toLowerCase();
    for (const item of this.#list.children) item.hidden = !item.dataset.text.includes(wanted);
  }
}

const format = (value) => JSON.stringify(value, null, 2);

/** Passwords are not for the screen: they are in the body of these three. */
function masked(envelope) {
  const [type] = envelope.data.type.split("#");
  const { body } = envelope.data;
  const hide = {
    Connect: () => body.replace(/,.*/s, ",…"),
    Login: () => body.replace(/^.*,/s, "…,"),
    MobileAgentLogin: () => body.replace(/^.*?(,[^,]*,[^,]*,[^,]*)$/s, "…$1"),
  }[type];
  return hide ? { data: { ...envelope.data, body: hide() } } : envelope;
}
