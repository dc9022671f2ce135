//! What a recording must not hold.

use std::sync::Arc;
use std::time::Duration;

use finesse_types::{Answer, Update, User};
use gc_protocol::{Command, CommandName};
use gc_recording::{Limits, Recorder, State};
use gc_rules::{Agent, AskId, Input, Output, Settings};

const LIMITS: Limits = Limits { bytes: 64 * 1024, time: Duration::from_secs(60) };

/// An agent that is recorded from its first command on.
struct Recorded {
    agent: Agent,
    recorder: Recorder,
    asked: Vec<AskId>,
    now: Duration,
}

impl Recorded {
    fn new(limits: Limits) -> Self {
        let settings = Arc::new(Settings::default());
        let recorder = Recorder::new("vera.lind", &settings, true, limits);
        let agent = Agent::new("vera.lind", settings);
        let mut recorded = Self { agent, recorder, asked: Vec::new(), now: Duration::ZERO };
        recorded.recorder.begin(&recorded.agent, Duration::ZERO);
        recorded.step(Input::Service { available: true });
        recorded
    }

    fn step(&mut self, input: Input) {
        self.recorder.before(&input, self.now);
        let outputs = self.agent.step(input);
        self.recorder.after(&outputs);
        for output in outputs {
            match output {
                Output::Ask { ask, .. } => self.asked.push(ask),
                Output::RequestAttempt { command, .. } => {
                    self.step(Input::AttemptDecided { command, allowed: Ok(()) });
                }
                _ => {}
            }
        }
    }

    fn command(&mut self, name: CommandName, body: &str) {
        let command = Command::parse(name, body);
        self.step(Input::Command { id: format!("id-{name}").into(), client: "hotline-bern".into(), command });
    }

    fn answers(&mut self, answer: Answer) {
        let ask = self.asked.remove(0);
        self.step(Input::Answered { ask, result: Ok(answer) });
    }

    fn notified(&mut self, xml: &str) {
        let update = Box::new(Update::parse(xml).unwrap());
        self.step(Input::Notified { item_id: None, update });
    }
}

const DIALOG: &str = "<Update><data><dialogs><Dialog><id>33554777</id><state>ALERTING</state>\
    <fromAddress>0041315550199</fromAddress><toAddress>7712</toAddress><mediaProperties><callType>PREROUTE_ACD_IN</callType>\
    <dialedNumber>0800123456</dialedNumber><queueName>Hotline Bern</queueName><callvariables><CallVariable><name>callVariable1</name>\
    <value>Ursula Zbinden</value></CallVariable><CallVariable><name>user.iban</name><value>CH5604835012345678009</value>\
    </CallVariable></callvariables></mediaProperties><participants><Participant><mediaAddress>7712</mediaAddress>\
    <state>ALERTING</state><stateCause>Call of Zbinden</stateCause><actions><action>ANSWER</action></actions></Participant></participants></Dialog></dialogs></data>\
    <event>POST</event><requestId></requestId><source>/finesse/api/User/vera.lind/Dialogs</source></Update>";
const ERROR: &str = "<Update><data><apiErrors><apiError><errorType>Invalid Input</errorType>\
    <errorMessage>Ursula Zbinden cannot be reached at 0041315550199</errorMessage><errorData>7712</errorData>\
    <peripheralErrorText>Zbinden</peripheralErrorText></apiError></apiErrors></data><event>PUT</event>\
    <source>/finesse/api/Dialog/33554777</source></Update>";
const UNKNOWN: &str = "<Update><data><Zbinden/></data><event>Ursula Zbinden</event>\
    <requestId>Zbinden 33554777</requestId><source>https://fin.bern.example/finesse/api/User/vera.lind</source></Update>";

#[test]
fn a_recording_holds_no_secret_and_nothing_personal() {
    let mut recorded = Recorded::new(LIMITS);
    recorded.command(CommandName::Connect, "hotline-bern,Geheim,0815");
    recorded.step(Input::StreamOpened);
    let user = User {
        login_id: "vera.lind".to_owned(),
        login_name: "vlind".to_owned(),
        first_name: "Vera".to_owned(),
        last_name: "Lind".to_owned(),
        extension: "7712".to_owned(),
        state: "READY".into(),
        team_name: "Hotline Bern".to_owned(),
        uri: "/finesse/api/User/vera.lind".to_owned(),
        ..User::default()
    };
    recorded.answers(Answer::User(Box::new(user)));
    recorded.answers(Answer::Dialogs(Vec::new()));
    recorded.notified(DIALOG);
    recorded.command(CommandName::AnswerCall, "33554777");
    recorded.notified(ERROR);
    recorded.notified(UNKNOWN);
    recorded.command(CommandName::UpdateCallVariable, "33554777,callVariable1=Ursula Zbinden|user.iban=CH56");
    recorded.command(CommandName::MakeCall, "0041315550199");
    let text = recorded.recorder.text();
    for expected in
        ["acme> Connect#1001 acme,demo", "AnswerCall#1001 16777001", "NewInboundCall dialogId=16777001"]
    {
        assert!(text.contains(expected), "{expected} is missing:\n{text}");
    }
    let lower = text.to_lowercase();
    for personal in [
        "geheim",
        "0815",
        "vera",
        "lind",
        "7712",
        "33554777",
        "5550199",
        "0800123456",
        "ursula",
        "zbinden",
        "iban=ch",
        "ch56",
        "bern",
        "hotline",
        "id-",
    ] {
        assert!(!lower.contains(personal), "{personal} is in the recording:\n{text}");
    }
}

#[test]
fn a_recording_ends_when_it_is_long_enough_or_the_time_is_over() {
    let mut recorded = Recorded::new(Limits { bytes: 200, ..LIMITS });
    recorded.command(CommandName::Connect, "hotline-bern,x");
    recorded.step(Input::StreamOpened);
    assert_eq!(recorded.recorder.state(), State::Full);
    let full = recorded.recorder.text();
    recorded.step(Input::Unreadable);
    assert_eq!(recorded.recorder.text(), full);

    let mut recorded = Recorded::new(LIMITS);
    recorded.now = LIMITS.time + Duration::from_secs(1);
    recorded.command(CommandName::Connect, "hotline-bern,x");
    assert_eq!(recorded.recorder.state(), State::Over);
    assert!(!recorded.recorder.text().contains("Connect"), "{}", recorded.recorder.text());
}
