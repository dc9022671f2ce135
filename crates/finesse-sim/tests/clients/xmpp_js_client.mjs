// @xmpp/client signs in over WebSocket, shows the states that Finesse notifies, and leaves at READY.
// Arguments: url domain login password. The authority is named by NODE_EXTRA_CA_CERTS.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(process.cwd() + "/");
globalThis.WebSocket ??= require("ws");
const { client, xml } = await import(pathToFileURL(require.resolve("@xmpp/client")).href);

const [service, domain, username, password] = process.argv.slice(2);
const xmpp = client({ service, domain, resource: "xmpp-js", username, password });
xmpp.reconnect.stop();

xmpp.on("error", (error) => {
  console.error("error", error.message);
  process.exit(2);
});

xmpp.on("stanza", async (stanza) => {
  if (!stanza.is("message")) return;
  const notification = stanza.getChild("event").getChild("items").getChild("item").getChild("notification");
  const state = /<state>(\w+)<\/state>/.exec(notification.text())[1];
  console.log("state", state);
  if (state === "READY") {
    await xmpp.stop();
    console.log("bye");
    process.exit(0);
  }
});

xmpp.on("online", async () => {
  await xmpp.send(xml("presence"));
  await xmpp.iqCaller.get(xml("ping", "urn:xmpp:ping"), domain);
  console.log("online");
});

xmpp.start().catch((error) => {
  console.error("refused", error.message);
  process.exit(2);
});
setTimeout(() => process.exit(4), 20000).unref();
