"""Receives callbacks: verifies each, drops what came before, and notices what is missing.

pip install standardwebhooks
CALLBACK_SECRET=whsec_... python3 examples/receiver.py 127.0.0.1 8114
"""

import os
import sys
import threading
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ.get("CALLBACK_SECRET")
if not SECRET:
    sys.exit("receiver.py: set CALLBACK_SECRET to the secret of [callback.signing]: whsec_...")
try:
    from standardwebhooks.webhooks import Webhook, WebhookVerificationError
except ImportError:
    sys.exit("receiver.py: the library is missing: pip install standardwebhooks")

# So many ids are remembered. A callback comes again within an hour, or as the configuration says (callback.max_age).
REMEMBERED = 10_000
# A longer body is refused before it is read.
MAX_BODY = 1024 * 1024


class Seen:
    def __init__(self):
        self.lock = threading.Lock()
        self.ids = OrderedDict()
        # The highest number of each outbox. Each client has one, and a new one begins at 1 again.
        self.highest = {}

    def is_new(self, webhook_id):
        if webhook_id in self.ids:
            return False
        self.ids[webhook_id] = True
        if len(self.ids) > REMEMBERED:
            self.ids.popitem(last=False)
        return True

    def missing_before(self, epoch, sequence):
        """The numbers that were given up, or came before this program began."""
        first_missing = self.highest.get(epoch, 0) + 1
        self.highest[epoch] = max(sequence, first_missing - 1)
        return (first_missing, sequence - 1) if first_missing < sequence else None


class Receiver(BaseHTTPRequestHandler):
    # Connections stay open between callbacks.
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MAX_BODY:
            self.close_connection = True
            return self.answer(413 if length.isdecimal() else 411)
        # The signature is about these bytes: they are verified before they are parsed.
        body = self.rfile.read(int(length))
        try:
            webhook.verify(body, dict(self.headers), json_parse=False)
        except (WebhookVerificationError, ValueError) as error:
            say(f"refused: {error}")
            # It is sent again later. After 400 it would be given up.
            return self.answer(401)
        with seen.lock:
            self.take(body.decode())
        self.answer(204)

    def take(self, body):
        sequence = int(self.headers.get("gc-sequence", 0))
        if not seen.is_new(self.headers["webhook-id"]):
            return say(f"again: {sequence}")
        # With `gc-order: agent` the numbers do not arrive in their order.
        in_order = "gc-order" not in self.headers
        missing = in_order and seen.missing_before(self.headers["gc-epoch"], sequence)
        if missing:
            say(f"missing: {missing[0]} to {missing[1]}: ask for the present state (refresh)")
        # Here the event goes to a queue of the application. Whatever takes long is done after the answer.
        say(f"event {sequence}: {body}")

    def answer(self, status):
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def say(line):
    print(line, flush=True)


try:
    webhook = Webhook(SECRET)
except Exception:
    # Without the reason, which may repeat the secret.
    sys.exit("receiver.py: CALLBACK_SECRET is not a secret: write whsec_ and the base64 of [callback.signing]")
seen = Seen()
host, port = sys.argv[1:] or ("127.0.0.1", "8114")
with ThreadingHTTPServer((host, int(port)), Receiver) as server:
    say(f"listening on {server.server_address[0]}:{server.server_address[1]}")
    server.serve_forever()
