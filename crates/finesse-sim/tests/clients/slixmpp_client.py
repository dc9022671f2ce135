"""slixmpp signs in over TCP, with direct TLS or with STARTTLS, shows the states that Finesse notifies, and leaves at READY.

Arguments: host port login password (direct|starttls), and the file of the authority in the environment variable CA_FILE.
"""

import asyncio
import os
import re
import sys
from html import unescape

import slixmpp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import StanzaPath


class Agent(slixmpp.ClientXMPP):
    def __init__(self, jid, password, ca, tls):
        super().__init__(jid, password)
        self.ca_certs = ca
        self.enable_starttls = tls == "starttls"
        self.enable_direct_tls = tls == "direct"
        self.enable_plaintext = False
        self.register_plugin("xep_0030")
        self.register_plugin("xep_0060")
        self.register_plugin("xep_0199")
        self.add_event_handler("session_start", self.started)
        self.add_event_handler("failed_all_auth", lambda _: sys.exit("refused"))
        self.register_handler(Callback("events", StanzaPath("message"), self.notified))

    async def started(self, _):
        self.send_presence()
        await self.get_roster()
        info = await self["xep_0030"].get_info(
            jid=f"pubsub.{self.boundjid.domain}", node=f"/finesse/api/User/{self.boundjid.user}"
        )
        identities = [identity[:2] for identity in info["disco_info"]["identities"]]
        assert ("pubsub", "leaf") in identities, identities
        await self["xep_0199"].ping(self.boundjid.domain)
        node = "/finesse/api/Team/1/Users"
        await self["xep_0060"].subscribe(f"pubsub.{self.boundjid.domain}", node, bare=False)
        await self["xep_0060"].unsubscribe(f"pubsub.{self.boundjid.domain}", node, bare=False)
        print("online", flush=True)

    def notified(self, message):
        update = unescape("".join(message.xml.itertext()))
        state = re.search(r"<state>(\w+)</state>", update).group(1)
        print("state", state, flush=True)
        if state == "READY":
            self.disconnect()


async def main():
    host, port, login, password, tls = sys.argv[1:6]
    agent = Agent(f"{login}@{host}/slixmpp", password, os.environ["CA_FILE"], tls)
    agent.connect(host, int(port))
    await asyncio.wait_for(agent.disconnected, 20)
    print("bye", flush=True)


asyncio.run(main())
