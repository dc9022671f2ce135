//! Conversations without a socket: what the server says, and what the session makes of it.

use gc_xml::{Limits, parse_in};
use secrecy::ExposeSecret;

use super::*;
use crate::{SaslCondition, ns};

const FEATURES_PLAIN: &str = "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
    <mechanism>SCRAM-SHA-1</mechanism><mechanism>PLAIN</mechanism></mechanisms></stream:features>";
const SUCCESS: &str = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
const FEATURES_BIND: &str = "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>\
    <session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session></stream:features>";
const BOUND: &str = "<iq type='result' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
    <jid>maya@chat.example/given</jid></bind></iq>";
const ECHO: &str = "<presence from='maya@chat.example/given'><priority>0</priority></presence>";

fn element(text: &str) -> Element {
    parse_in(text, Some(ns::CLIENT), &Limits::default()).unwrap()
}

fn account() -> Account {
    Account::new("maya", "chat.example", "gc", SecretString::from("p,w")).unwrap()
}

fn session() -> Session {
    Session::new(account(), Timing::default(), true)
}

/// Feeds the server's words and returns what the session does about the last.
fn hear(session: &mut Session, words: &[&str]) -> Vec<String> {
    let mut last = Vec::new();
    for word in words {
        last = match *word {
            "OPEN" => act(session, Input::Opened),
            "END" => act(session, Input::Ended { see_other: None }),
            stanza => act(session, Input::Stanza(element(stanza))),
        };
    }
    last
}

/// One line for each output; timers are left out where they only stop.
fn act(session: &mut Session, input: Input) -> Vec<String> {
    session.step(input).into_iter().filter_map(line).collect()
}

fn line(output: Output) -> Option<String> {
    Some(match output {
        Output::OpenStream => "open".to_owned(),
        Output::Send(text) => text,
        Output::SendSecret(text) => text.expose_secret().to_owned(),
        Output::CloseStream => "close".to_owned(),
        Output::StartTimer(timer, after) => format!("{timer:?} in {after:?}"),
        Output::StopTimer(_) => return None,
        Output::Deliver(event) => format!("{event:?}"),
        Output::Answer { ticket, result } => format!("{ticket:?} {result:?}"),
        Output::Closed(reason) => format!("closed: {reason}"),
    })
}

fn ready() -> Session {
    let mut session = session();
    act(&mut session, Input::Connected);
    hear(&mut session, &["OPEN", FEATURES_PLAIN, SUCCESS, "OPEN", FEATURES_BIND, BOUND, ECHO]);
    assert!(session.is_ready());
    session
}

fn session_at_login() -> Session {
    let mut session = session();
    act(&mut session, Input::Connected);
    hear(&mut session, &["OPEN", FEATURES_PLAIN]);
    session
}

/// A session that has sent its presence, which the server has not processed yet.
fn not_yet_present() -> Session {
    let mut session = session();
    act(&mut session, Input::Connected);
    hear(&mut session, &["OPEN", FEATURES_PLAIN, SUCCESS, "OPEN", FEATURES_BIND, BOUND]);
    assert!(!session.is_ready());
    session
}

fn closed_with(outputs: &[String]) -> &str {
    outputs.last().and_then(|line| line.strip_prefix("closed: ")).unwrap_or_else(|| panic!("{outputs:?}"))
}

#[test]
fn a_login_goes_through_its_steps_each_with_a_deadline() {
    let mut session = session();
    assert_eq!(act(&mut session, Input::Connected), ["open", "Step in 5s"]);
    assert_eq!(hear(&mut session, &["OPEN"]), ["Step in 5s"]);
    assert_eq!(
        hear(&mut session, &[FEATURES_PLAIN]),
        [
            r#"<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">AG1heWEAcCx3</auth>"#,
            "Step in 5s"
        ]
    );
    assert_eq!(hear(&mut session, &[SUCCESS]), ["open", "Step in 5s"]);
    assert_eq!(
        hear(&mut session, &["OPEN", FEATURES_BIND]),
        [
            r#"<iq xmlns="jabber:client" type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>gc</resource></bind></iq>"#,
            "Step in 5s"
        ]
    );
    assert_eq!(
        hear(&mut session, &[BOUND]),
        [
            r#"<presence xmlns="jabber:client"><priority>0</priority></presence>"#,
            r#"<iq xmlns="jabber:client" type="get" id="presence" to="chat.example"><ping xmlns="urn:xmpp:ping"/></iq>"#,
            "Step in 5s"
        ]
    );
    assert_eq!(session.jid(), Some("maya@chat.example/given"), "the server's word counts");
    assert_eq!(hear(&mut session, &[ECHO]), ["Ping in 6s", r#"Ready { jid: "maya@chat.example/given" }"#]);
}

#[test]
fn a_session_is_ready_when_its_presence_is_echoed_or_the_ping_behind_it_answered() {
    let barriers = [
        ECHO,
        "<iq type='result' id='presence'/>",
        "<iq type='result' id='presence' from='chat.example'/>",
        "<iq type='error' id='presence' from='CHAT.example'><error/></iq>",
    ];
    for barrier in barriers {
        let mut session = not_yet_present();
        hear(&mut session, &[barrier]);
        assert!(session.is_ready(), "{barrier}");
    }
    let others = [
        "<presence from='maya@chat.example/elsewhere'/>",
        "<presence from='maya@chat.example/given' type='unavailable'/>",
        "<presence from='finesse@chat.example'/>",
        "<iq type='result' id='presence' from='eve@chat.example/x'/>",
        "<iq type='result' id='bind'/>",
        "<iq type='get' id='presence'><ping xmlns='urn:xmpp:ping'/></iq>",
    ];
    for other in others {
        let mut session = not_yet_present();
        hear(&mut session, &[other]);
        assert!(!session.is_ready(), "{other}");
    }
}

#[test]
fn what_comes_before_presence_is_in_effect_is_delivered_as_well() {
    let message = "<message from='pubsub.chat.example'><event xmlns='http://jabber.org/protocol/pubsub#event'>\
                   <items node='/n'><item id='i1'><n>x</n></item></items></event></message>";
    let mut session = not_yet_present();
    let gone = "<presence from='finesse@chat.example' type='unavailable'/>";
    let question = "<iq type='get' id='7' from='chat.example'><ping xmlns='urn:xmpp:ping'/></iq>";
    let heard = [(message, "i1"), (gone, "Presence"), (question, "result")];
    for (stanza, expected) in heard {
        let outputs = hear(&mut session, &[stanza]);
        assert!(outputs.len() == 1 && outputs[0].contains(expected), "{outputs:?} is not {expected}");
    }
}

#[test]
fn the_old_session_is_started_only_where_the_server_insists() {
    let insisting = FEATURES_BIND.replace("<optional/>", "");
    let mut session = session();
    act(&mut session, Input::Connected);
    let outputs = hear(&mut session, &["OPEN", FEATURES_PLAIN, SUCCESS, "OPEN", &insisting, BOUND]);
    assert_eq!(
        outputs,
        [
            r#"<iq xmlns="jabber:client" type="set" id="session"><session xmlns="urn:ietf:params:xml:ns:xmpp-session"/></iq>"#,
            "Step in 5s"
        ]
    );
    hear(&mut session, &["<iq type='result' id='session'/>", ECHO]);
    assert!(session.is_ready());
}

#[test]
fn the_password_does_not_go_over_a_readable_transport() {
    let mut session = Session::new(account(), Timing::default(), false);
    let outputs = act(&mut session, Input::Connected);
    assert_eq!(outputs, ["closed: the transport is not encrypted: the password was not sent"]);
}

#[test]
fn a_login_that_fails_says_why_and_nothing_is_tried_again() {
    for (name, condition) in [
        ("not-authorized", SaslCondition::NotAuthorized),
        ("account-disabled", SaslCondition::AccountDisabled),
        ("credentials-expired", SaslCondition::CredentialsExpired),
        ("temporary-auth-failure", SaslCondition::TemporaryAuthFailure),
        ("invalid-authzid", SaslCondition::Other("invalid-authzid".to_owned())),
    ] {
        let mut session = session();
        session.step(Input::Connected);
        hear(&mut session, &["OPEN", FEATURES_PLAIN]);
        let failure =
            format!("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><{name}/><text>no</text></failure>");
        let outputs = session.step(Input::Stanza(element(&failure)));
        let Some(Output::Closed(reason)) = outputs.last() else { panic!("{outputs:?}") };
        let refusal = crate::Refusal { condition, text: Some("no".to_owned()) };
        assert_eq!(*reason, CloseReason::from(refusal));
        assert!(hear(&mut session, &[FEATURES_PLAIN, SUCCESS]).is_empty(), "it is over");
    }
}

#[test]
fn a_server_without_plain_is_told_apart() {
    let mut session = session();
    act(&mut session, Input::Connected);
    let features = FEATURES_PLAIN.replace("<mechanism>PLAIN</mechanism>", "");
    let outputs = hear(&mut session, &["OPEN", &features]);
    assert_eq!(closed_with(&outputs), r#"the server does not offer SASL PLAIN, but ["SCRAM-SHA-1"]"#);
}

#[test]
fn each_step_of_the_login_has_its_own_timeout() {
    let heard = ["OPEN", FEATURES_PLAIN, SUCCESS, "OPEN", FEATURES_BIND, BOUND];
    let steps = [
        "open the stream",
        "stream features",
        "authentication",
        "open the stream",
        "stream features",
        "resource binding",
        "presence",
    ];
    for (count, step) in steps.iter().enumerate() {
        let mut session = session();
        act(&mut session, Input::Connected);
        hear(&mut session, &heard[..count]);
        let outputs = act(&mut session, Input::TimerFired(Timer::Step));
        assert_eq!(closed_with(&outputs), format!("no answer in time to the step: {step}"));
    }
}

#[test]
fn a_binding_without_a_jid_or_with_an_error_is_no_session() {
    let cases = [
        (
            "<iq type='result' id='bind'/>",
            "the server's answer misses what it must hold, at the step: resource binding",
        ),
        (
            "<iq type='error' id='bind'><error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
            "the server did not bind the resource: conflict",
        ),
    ];
    for (answer, expected) in cases {
        let mut session = session();
        act(&mut session, Input::Connected);
        let outputs = hear(&mut session, &["OPEN", FEATURES_PLAIN, SUCCESS, "OPEN", FEATURES_BIND, answer]);
        assert_eq!(closed_with(&outputs), expected);
    }
}

#[test]
fn stream_errors_say_which_and_end_the_session_at_any_time() {
    let cases = [
        ("<conflict/>", StreamCondition::Conflict),
        (
            "<see-other-host> b.example:5223 </see-other-host>",
            StreamCondition::SeeOtherHost("b.example:5223".into()),
        ),
        ("<system-shutdown/>", StreamCondition::SystemShutdown),
        ("<policy-violation/>", StreamCondition::PolicyViolation),
        ("<reset/>", StreamCondition::Other("reset".into())),
        ("", StreamCondition::Other("undefined-condition".into())),
    ];
    for (child, condition) in cases {
        let child = child.replace("/>", " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>");
        let error = element(&format!("<stream:error>{child}<text>why</text></stream:error>"));
        for mut session in [session(), ready()] {
            session.step(Input::Connected);
            let outputs = session.step(Input::Stanza(error.clone()));
            assert!(outputs.iter().any(|output| matches!(output, Output::CloseStream)));
            let Some(Output::Closed(reason)) = outputs.last() else { panic!("{outputs:?}") };
            let text = Some("why".to_owned());
            assert_eq!(*reason, CloseReason::Stream(StreamError { condition: condition.clone(), text }));
        }
    }
}

#[test]
fn a_notification_is_the_text_of_its_escaped_update() {
    let mut session = ready();
    let outputs = session.step(Input::Stanza(element(
        "<message from='pubsub.chat.example' to='maya@chat.example'>\
         <event xmlns='http://jabber.org/protocol/pubsub#event'><items node='/n/1'>\
         <item id='a1'><notification xmlns='http://jabber.org/protocol/pubsub'>&lt;U&gt;x &amp;amp; y&lt;/U&gt;</notification></item>\
         <item><notification><![CDATA[<U>z</U>]]></notification></item>\
         <item id='a3'><notification xmlns='urn:x'> <U><v>1</v></U> </notification></item>\
         <item id='a4'/></items></event></message>",
    )));
    let notifications: Vec<_> = outputs
        .into_iter()
        .map(|output| match output {
            Output::Deliver(Event::Notification(notification)) => notification,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(notifications.len(), 4);
    let payloads: Vec<&str> =
        notifications.iter().map(|notification| notification.payload.as_str()).collect();
    assert_eq!(payloads, ["<U>x &amp; y</U>", "<U>z</U>", r#"<U xmlns="urn:x"><v>1</v></U>"#, ""]);
    assert_eq!(notifications[0].node, "/n/1");
    assert_eq!(notifications[0].item_id.as_deref(), Some("a1"));
    assert_eq!(notifications[0].from.as_deref(), Some("pubsub.chat.example"));
    assert_eq!(notifications[0].to.as_deref(), Some("maya@chat.example"));
    assert_eq!(notifications[1].item_id, None);
}

#[test]
fn a_notification_from_an_account_is_a_forgery() {
    let mut session = ready();
    let message = |from: &str, kind: &str| {
        format!(
            "<message {from} {kind}><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='/n'>\
             <item><n>x</n></item></items></event></message>"
        )
    };
    assert!(hear(&mut session, &[&message("from='eve@chat.example/x'", "")]).is_empty());
    assert!(hear(&mut session, &[&message("from='pubsub.chat.example'", "type='error'")]).is_empty());
    assert_eq!(hear(&mut session, &[&message("from='pubsub.chat.example/a@b'", "")]).len(), 1);
    assert_eq!(hear(&mut session, &[&message("", "type='headline'")]).len(), 1);
}

#[test]
fn presence_is_told_and_other_kinds_of_it_are_not() {
    let mut session = ready();
    let here = hear(&mut session, &["<presence from='finesse@chat.example'/>"]);
    assert_eq!(here, [r#"Presence { from: "finesse@chat.example", available: true }"#]);
    let gone = hear(&mut session, &["<presence from='finesse@chat.example' type='unavailable'/>"]);
    assert_eq!(gone, [r#"Presence { from: "finesse@chat.example", available: false }"#]);
    assert!(hear(&mut session, &["<presence from='eve@chat.example' type='subscribe'/>"]).is_empty());
}

#[test]
fn questions_are_answered_a_ping_with_a_result_and_the_rest_with_an_error() {
    let mut session = ready();
    let answer =
        hear(&mut session, &["<iq type='get' id='7' from='chat.example'><ping xmlns='urn:xmpp:ping'/></iq>"]);
    assert_eq!(answer, [r#"<iq xmlns="jabber:client" type="result" id="7" to="chat.example"/>"#]);
    for query in ["jabber:iq:version", "http://jabber.org/protocol/disco#info", "jabber:iq:roster"] {
        let answer = hear(&mut session, &[&format!("<iq type='get' id='8'><query xmlns='{query}'/></iq>")]);
        assert_eq!(
            answer,
            [
                r#"<iq xmlns="jabber:client" type="error" id="8"><error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>"#
            ]
        );
    }
}

#[test]
fn a_subscription_is_asked_for_the_full_jid_and_answered_to_its_asker() {
    let mut session = ready();
    let asked = act(&mut session, Input::Subscribe { ticket: Ticket(3), node: "/n/<1>".to_owned() });
    assert_eq!(
        asked,
        [
            r#"<iq xmlns="jabber:client" type="set" id="request-3" to="pubsub.chat.example"><pubsub xmlns="http://jabber.org/protocol/pubsub"><subscribe node="/n/&lt;1&gt;" jid="maya@chat.example/given"/></pubsub></iq>"#,
            "Request(Ticket(3)) in 5s"
        ]
    );
    let granted = "<iq type='result' id='request-3' from='pubsub.chat.example'><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
                   <subscription node='/n' subscription='subscribed'/></pubsub></iq>";
    assert_eq!(hear(&mut session, &[granted]), ["Ticket(3) Ok(())"]);
    assert!(hear(&mut session, &[granted]).is_empty(), "an answer counts once");
}

#[test]
fn a_request_can_be_refused_left_pending_or_never_answered() {
    let answers = [
        (
            "<iq type='error' id='request-1' from='PUBSUB.chat.example'><error type='cancel'>\
             <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text>gone</text></error></iq>",
            r#"Ticket(1) Err(Refused(StanzaError { condition: "item-not-found", text: Some("gone") }))"#,
        ),
        (
            "<iq type='result' id='request-1'><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
             <subscription subscription='pending'/></pubsub></iq>",
            r#"Ticket(1) Err(NotGranted("pending"))"#,
        ),
        ("<iq type='result' id='request-1'/>", "Ticket(1) Ok(())"),
    ];
    for (answer, expected) in answers {
        let mut session = ready();
        act(&mut session, Input::Subscribe { ticket: Ticket(1), node: "/n".to_owned() });
        assert_eq!(hear(&mut session, &[answer]), [expected]);
    }
    let mut session = ready();
    act(&mut session, Input::Unsubscribe { ticket: Ticket(1), node: "/n".to_owned() });
    let timed_out = act(&mut session, Input::TimerFired(Timer::Request(Ticket(1))));
    assert_eq!(timed_out, ["Ticket(1) Err(TimedOut)"]);
}

#[test]
fn an_answer_from_somebody_else_is_no_answer() {
    let mut session = ready();
    act(&mut session, Input::Subscribe { ticket: Ticket(1), node: "/n".to_owned() });
    assert!(hear(&mut session, &["<iq type='result' id='request-1' from='eve@chat.example/x'/>"]).is_empty());
}

#[test]
fn requests_end_with_the_session_and_cannot_begin_without_one() {
    let subscribe = || Input::Subscribe { ticket: Ticket(1), node: "/n".to_owned() };
    assert_eq!(act(&mut session(), subscribe()), ["Ticket(1) Err(Closed)"]);
    let mut session = ready();
    act(&mut session, subscribe());
    let outputs = act(&mut session, Input::Lost(Lost::Eof));
    assert_eq!(
        outputs,
        ["Ticket(1) Err(Closed)", "closed: the connection was lost: it closed without closing the stream"]
    );
    assert_eq!(act(&mut session, subscribe()), ["Ticket(1) Err(Closed)"]);
}

#[test]
fn two_pings_without_a_sign_of_life_end_the_session() {
    let mut session = ready();
    let ping = |number: u32| {
        format!(
            r#"<iq xmlns="jabber:client" type="get" id="ping-{number}" to="chat.example"><ping xmlns="urn:xmpp:ping"/></iq>"#
        )
    };
    let fire = |session: &mut Session| act(session, Input::TimerFired(Timer::Ping));
    assert_eq!(fire(&mut session), [ping(1), "Ping in 6s".to_owned()]);
    assert_eq!(fire(&mut session), [ping(2), "Ping in 6s".to_owned()]);
    assert_eq!(closed_with(&fire(&mut session)), "the server does not answer any more");
}

#[test]
fn any_traffic_counts_as_life_even_an_error_to_a_ping() {
    let signs = [
        Input::Alive,
        Input::Stanza(element("<presence from='x'/>")),
        Input::Unreadable(FramingError::NotUtf8),
        Input::Stanza(element("<iq type='error' id='ping-2'><error/></iq>")),
    ];
    for sign in signs {
        let mut session = ready();
        for _ in 0..10 {
            session.step(Input::TimerFired(Timer::Ping));
            session.step(Input::TimerFired(Timer::Ping));
            session.step(sign.clone());
            assert!(session.is_ready(), "{sign:?}");
        }
    }
}

#[test]
fn an_orderly_close_waits_for_the_server_but_not_for_ever() {
    let mut session = ready();
    assert_eq!(act(&mut session, Input::Close), ["close", "Close in 2s"]);
    assert!(act(&mut session, Input::Close).is_empty(), "once is enough");
    assert!(hear(&mut session, &["<presence from='x'/>"]).is_empty());
    assert_eq!(hear(&mut session, &["END"]), ["closed: closed on request"]);

    let mut session = ready();
    act(&mut session, Input::Close);
    let outputs = act(&mut session, Input::TimerFired(Timer::Close));
    assert_eq!(outputs, ["closed: closed on request"]);
}

#[test]
fn the_server_may_close_the_stream_or_send_us_elsewhere() {
    assert_eq!(hear(&mut ready(), &["END"]), ["close", "closed: the server closed the stream"]);
    let see_other = Some("wss://b.example/ws".to_owned());
    let outputs = ready().step(Input::Ended { see_other });
    let condition = StreamCondition::SeeOtherHost("wss://b.example/ws".to_owned());
    let expected = CloseReason::Stream(StreamError { condition, text: None });
    assert!(matches!(outputs.last(), Some(Output::Closed(reason)) if *reason == expected));
}

#[test]
fn a_bad_stream_is_told_to_the_server_and_ends() {
    let outputs = act(&mut ready(), Input::Malformed(FramingError::Restricted("comment")));
    assert_eq!(
        outputs,
        [
            r#"<error xmlns="http://etherx.jabber.org/streams"><restricted-xml xmlns="urn:ietf:params:xml:ns:xmpp-streams"/></error>"#,
            "close",
            "closed: the server sent a bad stream: a comment is not allowed in XMPP"
        ]
    );
}

#[test]
fn a_stanza_that_cannot_be_read_is_reported_and_ends_a_login_only() {
    let unreadable = || Input::Unreadable(FramingError::NotUtf8);
    for mut session in [not_yet_present(), ready()] {
        assert_eq!(act(&mut session, unreadable()), ["Unreadable(NotUtf8)"]);
    }
    let mut session = ready();
    act(&mut session, Input::Close);
    assert!(act(&mut session, unreadable()).is_empty());

    let mut session = session_at_login();
    assert_eq!(closed_with(&act(&mut session, unreadable())), "the server sent a bad stream: not UTF-8");
}

#[test]
fn the_reason_that_lies_unread_when_writing_fails_is_still_told() {
    let conflict = "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
    let mut session = ready();
    assert_eq!(act(&mut session, Input::WriteFailed(Lost::Eof)), ["Close in 2s"]);
    assert_eq!(closed_with(&hear(&mut session, &[conflict])), "the server ended the stream: Conflict");

    let mut session = ready();
    act(&mut session, Input::WriteFailed(Lost::WriteTimedOut));
    let outputs = act(&mut session, Input::Lost(Lost::Eof));
    assert_eq!(closed_with(&outputs), "the connection was lost: it takes nothing that we send");
}

#[test]
fn nothing_of_a_session_prints_the_password() {
    let mut session = session();
    act(&mut session, Input::Connected);
    session.step(Input::Opened);
    let outputs = session.step(Input::Stanza(element(FEATURES_PLAIN)));
    let printed = format!("{session:?} {outputs:?}");
    assert!(!printed.contains("p,w") && !printed.contains("AG1heWEAcCx3"), "{printed}");
}
