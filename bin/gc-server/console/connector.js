// The connector's HTTP API: commands out, the live stream in.

const RETRY_AFTER_MS = 2000;

/** One client of the connector, and the stream of its events. */
export class Connector {
  #client;
  #token;
  #stopped = new AbortController();
  #lastId = "";

  /** `token` may be empty where the connector does not identify callers. */
  constructor(client, token) {
    this.#client = client;
    this.#token = token;
  }

  get client() {
    return this.#client;
  }

  /** What a command looks like on the wire. */
  static envelope(type, target, body = "null") {
    return { data: { type: `${type}#${target}`, body } };
  }

  /** The same command for a shell. The token is left out. */
  static asCurl(envelope) {
    const text = JSON.stringify(envelope).replaceAll("'", "'\\''");
    const url = new URL("/gc/command", location.href).href;
    return `curl ${url} -H 'Content-Type: application/json' -d '${text}'`;
  }

  /** Sends a command. Answers the HTTP status (0: not reached) and the JSON of the answer. */
  async send(envelope) {
    try {
      const response = await fetch("/gc/command", {
        method: "POST",
        headers: this.#headers({ "Content-Type": "application/json" }),
        body: JSON.stringify(envelope),
      });
      return { status: response.status, answer: await response.json().catch(() => null) };
    } catch (error) {
      return { status: 0, answer: { errorMessage: String(error) } };
    }
  }

  /** Reads the stream until `stop`, and opens it again where it ended, after the last event that was seen. */
  async follow(onEvent, onStream) {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        await this.#read(onEvent, onStream, signal);
        onStream("the stream has ended");
      } catch (error) {
        onStream(String(error.message ?? error));
      }
      if (!signal.aborted) await pause(RETRY_AFTER_MS, signal);
    }
  }

  stop() {
    this.#stopped.abort();
  }

  async #read(onEvent, onStream, signal) {
    const after = this.#lastId ? { "Last-Event-ID": this.#lastId } : {};
    const url = `/gc/events/${encodeURIComponent(this.#client)}?envelope=true`;
    const response = await fetch(url, { headers: this.#headers({ Accept: "text/event-stream", ...after }), signal });
    if (!response.ok) {
      const answer = await response.json().catch(() => null);
      throw new Error(answer?.errorMessage ?? `HTTP ${response.status}`);
    }
    onStream(null);
    const text = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let buffer = "";
    for (;;) {
      const { done, value } = await text.read();
      if (done) return;
      buffer += value;
      const blocks = buffer.split("\n\n");
      buffer = blocks.pop();
      for (const block of blocks) {
        const { id, data } = fieldsOf(block);
        if (data) onEvent(JSON.parse(data));
        if (id) this.#lastId = id;
      }
    }
  }

  #headers(headers) {
    return this.#token ? { ...headers, Authorization: `Bearer ${this.#token}` } : headers;
  }
}

/** The fields of one server-sent event. */
function fieldsOf(block) {
  const fields = {};
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue; // A comment keeps the connection open.
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
    fields[name] = name in fields ? `${fields[name]}\n${value}` : value;
  }
  return fields;
}

function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
