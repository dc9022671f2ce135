// strophe.js signs in over WebSocket, shows the states that Finesse notifies, and leaves at READY.
// Arguments: url domain login password. The authority is named by NODE_EXTRA_CA_CERTS.
import { createRequire } from "node:module";

const require = createRequire(process.cwd() + "/");
globalThis.WebSocket ??= require("ws");
const { Strophe, $pres, $iq } = require("strophe.js");

const [url, domain, login, password] = process.argv.slice(2);
const connection = new Strophe.Connection(url, { protocol: "wss" });

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
