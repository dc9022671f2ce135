"""One agent at work: signs in, answers one call, ends it, and signs out. Only the standard library.

python3 examples/python/agent.py http://127.0.0.1:8112 http://127.0.0.1:8113     # with cargo run --release -- demo

The second address is the simulator, which is asked for a call; without it, call 2007 within half a minute.
"""

import json
import sys
import time
import urllib.error
import urllib.request

CONNECTOR = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8112"
SIMULATOR = sys.argv[2] if len(sys.argv) > 2 else None
CLIENT, AGENT, EXTENSION, PASSWORD = "python-agent", "1007", "2007", "demo"
# Nothing takes longer in the demo.
PATIENCE = 30


def send(command, body="null"):
    data = {"data": {"type": command, "body": body}}
    request = urllib.request.Request(
        f"{CONNECTOR}/gc/command", json.dumps(data).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)["commandId"]
    except urllib.error.HTTPError as refused:
        # Whatever is not accepted is answered with an event: what is wrong, and what to do.
        sys.exit(f"{command}: {refused.read().decode()}")


def stream():
    with urllib.request.urlopen(f"{CONNECTOR}/gc/events/{CLIENT}?envelope=true", timeout=PATIENCE) as lines:
        last = time.monotonic()
        for line in lines:
            if line.startswith(b"data: "):
                yield json.loads(line.removeprefix(b"data: "))["event"]
                last = time.monotonic()
            elif time.monotonic() - last > PATIENCE:
                sys.exit(f"there was no event for {PATIENCE} s")
    sys.exit("the stream has ended")


def until(kind, **members):
    for event in events:
        print(event["type"], event.get("state", event.get("status", "")))
        if event["type"] == "Error":
            sys.exit(f"{event['errorType']}: {event['errorMessage']}")
        if event["type"] == kind and all(event.get(name) == value for name, value in members.items()):
            return event


send(f"Hello#{CLIENT}")
events = stream()
until("System", status="IN_SERVICE")
send(f"Connect#{AGENT}", f"{CLIENT},{PASSWORD}")
until("ConnectStatus")
send(f"Login#{AGENT}", f"{PASSWORD},{EXTENSION}")
# NOT_READY, but whoever was signed in already keeps the state.
until("State")
send(f"MakeReady#{AGENT}")
until("State", state="READY")

if SIMULATOR:
    call = json.dumps({"from": "5550100", "to": AGENT}).encode()
    urllib.request.urlopen(f"{SIMULATOR}/sim/calls", call, timeout=10).close()
call = until("NewInboundCall")["dialogId"]
send(f"AnswerCall#{AGENT}", call)
until("InboundCall", dialogId=call, state="ACTIVE")
send(f"ReleaseCall#{AGENT}", call)
until("InboundCall", dialogId=call, state="DROPPED")

send(f"MakeNotReady#{AGENT}")
until("State", state="NOT_READY")
send(f"Logout#{AGENT}")
until("State", state="LOGOUT")
