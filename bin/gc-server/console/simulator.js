// The control API of the simulated Finesse (docs/simulator.md): the customer's side of the calls.

export class Simulator {
  #url;

  constructor(url) {
    this.#url = url;
  }

  call(from, to) {
    return this.#ask("POST", "/calls", { from, to });
  }

  hangUp(dialog) {
    return this.#ask("DELETE", `/calls/${encodeURIComponent(dialog)}`);
  }

  campaign(kind, agent, customer) {
    return this.#ask("POST", "/campaign", { kind, agent, customer });
  }

  calls() {
    return this.#ask("GET", "/calls");
  }

  service(status) {
    return this.#ask("POST", "/system", { status });
  }

  /** Its web application, `up` or `down`. */
  node(node, webApplication) {
    return this.#ask("POST", "/system", { node, webApplication });
  }

  /** `IN_PROGRESS` or `OFF`. */
  maintenance(node, finesseMMode) {
    return this.#ask("POST", "/system", { node, finesseMMode });
  }

  cutStream(agent) {
    return this.#ask("DELETE", `/streams/${encodeURIComponent(agent)}`);
  }

  /** The JSON of the answer, or null where there is none. Throws the simulator's own text. */
  async #ask(method, path, body) {
    const response = await fetch(this.#url + path, { method, body: body && JSON.stringify(body) });
    const text = await response.text();
    const answer = text ? JSON.parse(text) : null;
    if (!response.ok) throw new Error(answer?.error ?? `HTTP ${response.status}`);
    return answer;
  }
}
