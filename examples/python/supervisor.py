"""A supervisor's screen: signs in, lists the team and the queues, and validates whatever it sends and receives.

pip install jsonschema
python3 examples/python/supervisor.py http://127.0.0.1:8112     # with cargo run --release -- demo

The contract comes from the connector itself (/openapi.json), in the connector's dialect.
"""

import json
import sys
import time
import urllib.error
import urllib.request

try:
    from jsonschema import Draft202012Validator
except ImportError:
    sys.exit("supervisor.py: the library is missing: pip install jsonschema")

CLIENT, SUPERVISOR, EXTENSION, TEAM = "python", "1092", "2092", "1"
# Nothing takes longer in the demo. The stream has a comment every 15 s.
PATIENCE = 30


def connector(path, data=None):
    body = None if data is None else json.dumps({"data": data}).encode()
    request = urllib.request.Request(address + path, body, {"Content-Type": "application/json"})
    return urllib.request.urlopen(request, timeout=PATIENCE)


def validator(name):
    """Validates by one of the schemas of the contract."""
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": contract["components"]})


def send(kind, body="null"):
    data = {"type": kind, "body": body}
    command.validate({"data": data})
    try:
        with connector("/gc/command", data) as answer:
            return json.load(answer)["commandId"]
    except urllib.error.HTTPError as refused:
        # Whatever is not accepted is answered with an event: what is wrong, and what to do.
        sys.exit(f"{kind}: {refused.read().decode()}")


def events():
    """The client's events, one after the other. Each is an object, except the queues of UCCE: an array of one."""
    with connector(f"/gc/events/{CLIENT}?envelope=true") as stream:
        last = time.monotonic()
        for line in stream:
            if line.startswith(b"data: "):
                received = json.loads(line.removeprefix(b"data: "))
                envelope.validate(received)
                event = received["event"]
                yield event[0] if isinstance(event, list) else event
                last = time.monotonic()
            elif time.monotonic() - last > PATIENCE:
                sys.exit(f"there was no event for {PATIENCE} s")
    sys.exit("the stream has ended")


def until(kind, **members):
    """Reads on until an event of this type with these members. An Error on the way ends everything."""
    for event in heard:
        print(event["type"], event.get("state", event.get("status", "")))
        if event["type"] == "Error":
            sys.exit(f"{event['errorType']}: {event['errorMessage']}")
        if event["type"] == kind and all(event.get(name) == value for name, value in members.items()):
            return event


address = (sys.argv[1:] or ["http://127.0.0.1:8112"])[0]
with connector("/openapi.json") as document:
    contract = json.load(document)
command, envelope = validator("CommandRequest"), validator("Envelope")

send(f"Hello#{CLIENT}")
heard = events()
until("System", status="IN_SERVICE")
send(f"Connect#{SUPERVISOR}", f"{CLIENT},demo")
until("ConnectStatus")
send(f"Login#{SUPERVISOR}", f"demo,{EXTENSION}")
until("State", agentId=SUPERVISOR)

send(f"getteamusers#{SUPERVISOR}", TEAM)
for member in until("TeamAgents")["users"]:
    print(f"  {member['loginId']} {member['firstName']} {member['lastName']}: {member['state']}")
send(f"getqueuelist#{SUPERVISOR}")
for queue in until("QueueStats")["queue"]:
    print(f"  {queue['queueName']}: {queue['callsInQueue']} waiting, {queue['agentsReady']} ready")

send(f"Logout#{SUPERVISOR}")
until("State", agentId=SUPERVISOR, state="LOGOUT")
