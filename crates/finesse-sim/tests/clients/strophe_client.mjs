// strophe.js signs in over WebSocket, or over BOSH if the URL is one of HTTP, shows the states that Finesse notifies, and leaves at READY.
// Arguments: url domain login password. The authority is named by NODE_EXTRA_CA_CERTS.
import { createRequire } from "node:module";

const require = createRequire(process.cwd() + "/");
globalThis.WebSocket ??= require("ws");
const { DOMParser } = require("@xmldom/xmldom");
// What strophe.js uses of a browser's requests.
globalThis.XMLHttpRequest ??= class {
  readyState = 0;
  status = 0;
  responseText = "";
  headers = {};
  stop = new AbortController();
  open(method, url) {
    Object.assign(this, { method, url, readyState: 1 });
  }
  setRequestHeader(name, value) {
    this.headers[name] = value;
  }
  getAllResponseHeaders() {
    return "";
  }
  abort() {
    this.stop.abort();
  }
  async send(body) {
    const { method, url, headers, stop } = this;
    try {
      const answer = await fetch(url, { method, headers, body, signal: stop.signal });
      const responseText = await answer.text();
      const responseXML = new DOMParser().parseFromString(responseText, "text/xml");
      Object.assign(this, { status: answer.status, responseText, responseXML });
    } catch {
      if (stop.signal.aborted) return;
    }
    this.readyState = 4;
    this.onreadystatechange?.();
  }
};
const { Strophe, $pres, $iq } = require("strophe.js");

const [url, domain, login, password] = process.argv.slice(2);
const connection = new Strophe.Connection(url, url.startsWith("ws") ? { protocol: "wss" } : {});

function onMessage(message) {
  const update = message.getElementsByTagName("notification")[0].textContent;
  const state = /<state>(\w+)<\/state>/.exec(update)[1];
  console.log("state", state);
  if (state === "READY") connection.disconnect("done");
  return true;
}

connection.connect(`${login}@${domain}/strophe`, password, (status, reason) => {
  if (status === Strophe.Status.CONNECTED) {
    connection.addHandler(onMessage, null, "message");
    connection.send($pres());
    const ping = $iq({ type: "get", to: domain }).c("ping", { xmlns: "urn:xmpp:ping" });
    connection.sendIQ(ping, () => console.log("online"), () => process.exit(3), 5000);
  } else if (status === Strophe.Status.DISCONNECTED) {
    console.log("bye");
    process.exit(0);
  } else if (status === Strophe.Status.AUTHFAIL || status === Strophe.Status.CONNFAIL) {
    console.error("refused", status, reason);
    process.exit(2);
  }
});
setTimeout(() => process.exit(4), 20000).unref();
