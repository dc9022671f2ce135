//! An agent on a call, behind everything that a notification and a command pass through, without a socket.

use std::sync::Arc;

use finesse_types::{Update, read_answer};
use gc_access::{Principal, Right};
use gc_events::{Dialect, Event};
use gc_protocol::Request;
use gc_rules::{Agent, ClientKey, ClusterBinding, CommandId, Decision, Input, Output, Settings, Switchboard};
use gc_xml::{Element, Limits, parse_in};
use gc_xmpp::{Account, Encryption, Session, Timing};

use crate::finesse::{self, AGENT, Part};

pub(crate) struct Scene {
    switchboard: Switchboard,
    /// Made once, as the engine does.
    anyone: Principal,
    agent: Agent,
    stream: Session,
    commands: usize,
}

impl Scene {
    /// Connected, signed in, talking, and with an open notification stream.
    pub(crate) fn talking() -> Self {
        let binding = ClusterBinding { cluster: "default".into(), destinations: Vec::new() };
        let mut scene = Self {
            anyone: Principal::open([Right::Supervisor]),
            switchboard: Switchboard::new(vec![binding], None, 10),
            agent: Agent::new(AGENT, Arc::new(Settings::default())),
            stream: open_stream(),
            commands: 0,
        };
        scene.admit(r#"{"data":{"type":"Hello#desk","sessionUrl":"desk/7"}}"#);
        scene.send(&format!(
            r#"{{"data":{{"type":"Connect#{AGENT}","body":"desk,demo","sessionUrl":"desk/7"}}}}"#
        ));
        let connect = CommandId::from(scene.commands.to_string());
        scene.agent.step(Input::AttemptDecided { command: connect, allowed: Ok(()) });
        let opened = scene.agent.step(Input::StreamOpened);
        let outputs = scene.answer(opened);
        let talks = outputs.iter().any(is_talking);
        assert!(talks, "{outputs:?}");
        scene
    }

    /// A message of the notification service, up to the JSON of the events.
    pub(crate) fn hear(&mut self, message: &str) -> Vec<String> {
        let outputs = self.notified(message);
        let events = outputs.iter().filter_map(|output| match output {
            Output::Emit { event, .. } => Some(event.to_json(Dialect::Gc4412)),
            _ => None,
        });
        events.collect()
    }

    /// A client's request, down to what has to be done.
    pub(crate) fn send(&mut self, json: &str) -> Vec<Output> {
        let request = self.admit(json);
        self.commands += 1;
        let id = CommandId::from(self.commands.to_string());
        self.agent.step(Input::Command { id, client: ClientKey::from("desk"), command: request.command() })
    }

    /// Finesse accepts the command's request and notifies its effect.
    pub(crate) fn settle(&mut self, outputs: Vec<Output>, part: Part) {
        let request_id = outputs.iter().find_map(|output| match output {
            Output::Ask { request_id, .. } => Some(request_id.clone()),
            _ => None,
        });
        let request_id = request_id.unwrap_or_else(|| panic!("nothing is asked: {outputs:?}"));
        self.answer(outputs);
        let ended = self.notified(&finesse::message(part, self.commands, &request_id));
        assert!(ended.iter().any(|output| matches!(output, Output::Finished { .. })), "{ended:?}");
    }

    fn admit(&mut self, json: &str) -> Request {
        let request = Request::from_json(json.as_bytes()).expect("a request");
        let (Decision::Agent { permit, .. } | Decision::Answered { permit, .. }) =
            self.switchboard.decide(&self.anyone, &request, &request.command(), None)
        else {
            panic!("not taken: {json}")
        };
        self.switchboard.commit(permit);
        request
    }

    /// Does what finesse-client and the engine do between the crates.
    fn notified(&mut self, message: &str) -> Vec<Output> {
        let mut outputs = Vec::new();
        for output in self.stream.step(gc_xmpp::Input::Stanza(element(message))) {
            let gc_xmpp::Output::Deliver(gc_xmpp::Event::Notification(item)) = output else { continue };
            let update = Box::new(Update::parse(&item.payload).expect("an update"));
            outputs.extend(self.agent.step(Input::Notified { item_id: item.item_id, update }));
        }
        outputs
    }

    /// Answers all requests as Finesse would; returns what the agent makes of the answers.
    fn answer(&mut self, asking: Vec<Output>) -> Vec<Output> {
        let mut outputs = Vec::new();
        for output in asking {
            let Output::Ask { ask, request, .. } = output else { continue };
            let body = match request {
                finesse_types::Request::User { .. } => finesse::user(),
                finesse_types::Request::Dialogs { .. } => finesse::dialogs(),
                _ => String::new(),
            };
            let result = read_answer(&request, 200, Some("application/xml"), body.as_bytes());
            outputs.extend(self.agent.step(Input::Answered { ask, result }));
        }
        outputs
    }
}

fn is_talking(output: &Output) -> bool {
    matches!(output, Output::Emit { event: Event::State(state), .. } if state.state == "TALKING")
}

/// A stream after its login.
fn open_stream() -> Session {
    let account = Account::new(AGENT, "node-a.desk.example", "gc", "demo".into()).expect("an account");
    let mut stream = Session::new(account, Timing::default(), Encryption::Settled);
    stream.step(gc_xmpp::Input::Connected);
    for stanzas in [
        &[
            "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>",
            "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        ],
        &[
            "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>",
            "<iq type='result' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>1001@node-a.desk.example/gc</jid></bind></iq>",
        ],
    ] {
        stream.step(gc_xmpp::Input::Opened);
        for stanza in stanzas {
            stream.step(gc_xmpp::Input::Stanza(element(stanza)));
        }
    }
    // The server has processed our presence.
    stream.step(gc_xmpp::Input::Stanza(element("<presence from='1001@node-a.desk.example/gc'/>")));
    assert!(stream.is_ready());
    stream
}

/// As the WebSocket transport reads a frame.
fn element(text: &str) -> Element<'static> {
    parse_in(text, Some("jabber:client"), &Limits::default()).expect("XML").into_owned()
}
