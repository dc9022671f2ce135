//! The login.

use super::*;

#[test]
fn a_login_goes_through_its_steps_each_with_a_deadline() {
    let mut session = session();
    assert_eq!(feed(&mut session, Input::Connected), ["open", "Step in 5s"]);
    assert_eq!(receive(&mut session, &["OPEN"]), ["Step in 5s"]);
    assert_eq!(
        receive(&mut session, &[FEATURES_PLAIN]),
        [
            r#"<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">AG1heWEAcCx3</auth>"#,
            "Step in 5s"
        ]
    );
    assert_eq!(receive(&mut session, &[SUCCESS]), ["open", "Step in 5s"]);
    assert_eq!(
        receive(&mut session, &["OPEN", FEATURES_BIND]),
        [
            r#"<iq xmlns="jabber:client" type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>gc</resource></bind></iq>"#,
            "Step in 5s"
        ]
    );
    assert_eq!(
        receive(&mut session, &[BOUND]),
        [
            r#"<presence xmlns="jabber:client"><priority>0</priority></presence>"#,
            r#"<iq xmlns="jabber:client" type="get" id="presence" to="chat.example"><ping xmlns="urn:xmpp:ping"/></iq>"#,
            "Step in 5s"
        ]
    );
    assert_eq!(session.jid(), Some("maya@chat.example/given"), "the server assigns the JID");
    assert_eq!(receive(&mut session, &[ECHO]), ["Ping in 6s", r#"Ready { jid: "maya@chat.example/given" }"#]);
}

#[test]
fn a_probe_ends_where_the_password_would_be_sent_and_is_refused_what_a_login_is() {
    let mut probe = session().without_login();
    assert_eq!(feed(&mut probe, Input::Connected), ["open", "Step in 5s"]);
    assert_eq!(receive(&mut probe, &["OPEN", FEATURES_PLAIN]), ["close", "closed: closed on request"]);
    assert!(!probe.has_sent_password());
    let mut readable = Session::new(account(), Timing::default(), Encryption::Missing).without_login();
    assert_eq!(
        feed(&mut readable, Input::Connected),
        ["closed: the transport is not encrypted: the password was not sent"]
    );
}

#[test]
fn a_session_is_ready_when_its_presence_is_echoed_or_the_ping_after_it_is_answered() {
    let accepted = [
        ECHO,
        "<iq type='result' id='presence'/>",
        "<iq type='result' id='presence' from='chat.example'/>",
        "<iq type='error' id='presence' from='CHAT.example'><error/></iq>",
    ];
    for stanza in accepted {
        let mut session = not_yet_present();
        receive(&mut session, &[stanza]);
        assert!(session.is_ready(), "{stanza}");
    }
    let ignored = [
        "<presence from='maya@chat.example/elsewhere'/>",
        "<presence from='maya@chat.example/given' type='unavailable'/>",
        "<presence from='finesse@chat.example'/>",
        "<iq type='result' id='presence' from='eve@chat.example/x'/>",
        "<iq type='result' id='bind'/>",
        "<iq type='get' id='presence'><ping xmlns='urn:xmpp:ping'/></iq>",
    ];
    for stanza in ignored {
        let mut session = not_yet_present();
        receive(&mut session, &[stanza]);
        assert!(!session.is_ready(), "{stanza}");
    }
}

#[test]
fn stanzas_before_presence_is_in_effect_are_handled_as_well() {
    let message = "<message from='pubsub.chat.example'><event xmlns='http://jabber.org/protocol/pubsub#event'>\
                   <items node='/n'><item id='i1'><n>x</n></item></items></event></message>";
    let mut session = not_yet_present();
    let gone = "<presence from='finesse@chat.example' type='unavailable'/>";
    let ping = "<iq type='get' id='7' from='chat.example'><ping xmlns='urn:xmpp:ping'/></iq>";
    let received = [(message, "i1"), (gone, "Presence"), (ping, "result")];
    for (stanza, expected) in received {
        let outputs = receive(&mut session, &[stanza]);
        assert!(outputs.len() == 1 && outputs[0].contains(expected), "{outputs:?} is not {expected}");
    }
}

#[test]
fn a_legacy_session_is_started_only_if_the_server_requires_it() {
    let requiring = FEATURES_BIND.replace("<optional/>", "");
    let mut session = session();
    feed(&mut session, Input::Connected);
    let outputs = receive(&mut session, &["OPEN", FEATURES_PLAIN, SUCCESS, "OPEN", &requiring, BOUND]);
    assert_eq!(
        outputs,
        [
            r#"<iq xmlns="jabber:client" type="set" id="session"><session xmlns="urn:ietf:params:xml:ns:xmpp-session"/></iq>"#,
            "Step in 5s"
        ]
    );
    receive(&mut session, &["<iq type='result' id='session'/>", ECHO]);
    assert!(session.is_ready());
}

#[test]
fn the_password_is_not_sent_over_an_unencrypted_transport() {
    let mut session = Session::new(account(), Timing::default(), Encryption::Missing);
    let outputs = feed(&mut session, Input::Connected);
    assert_eq!(outputs, ["closed: the transport is not encrypted: the password was not sent"]);
}

#[test]
fn a_failed_login_reports_the_reason_and_ends_the_session() {
    for (name, condition) in [
        ("not-authorized", SaslCondition::NotAuthorized),
        ("account-disabled", SaslCondition::AccountDisabled),
        ("credentials-expired", SaslCondition::CredentialsExpired),
        ("temporary-auth-failure", SaslCondition::TemporaryAuthFailure),
        ("invalid-authzid", SaslCondition::Other("invalid-authzid".to_owned())),
    ] {
        let mut session = session();
        session.step(Input::Connected);
        receive(&mut session, &["OPEN", FEATURES_PLAIN]);
        let failure =
            format!("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><{name}/><text>no</text></failure>");
        let outputs = session.step(Input::Stanza(element(&failure)));
        let Some(Output::Closed(reason)) = outputs.last() else { panic!("{outputs:?}") };
        let refusal = crate::Refusal { condition, text: Some("no".to_owned()) };
        assert_eq!(*reason, CloseReason::from(refusal));
        assert!(receive(&mut session, &[FEATURES_PLAIN, SUCCESS]).is_empty(), "the session has ended");
    }
}

#[test]
fn a_server_without_plain_has_its_own_reason() {
    let mut session = session();
    feed(&mut session, Input::Connected);
    let features = FEATURES_PLAIN.replace("<mechanism>PLAIN</mechanism>", "");
    let outputs = receive(&mut session, &["OPEN", &features]);
    assert_eq!(closed_with(&outputs), "the server does not offer SASL PLAIN, but SCRAM-SHA-1");
}

#[test]
fn each_step_of_the_login_has_its_own_timeout() {
    let sent = ["OPEN", FEATURES_PLAIN, SUCCESS, "OPEN", FEATURES_BIND, BOUND];
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
        feed(&mut session, Input::Connected);
        receive(&mut session, &sent[..count]);
        let outputs = feed(&mut session, Input::TimerFired(Timer::Step));
        assert_eq!(closed_with(&outputs), format!("no answer in time to the step: {step}"));
    }
}

#[test]
fn a_binding_without_a_jid_or_with_an_error_ends_the_session() {
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
        feed(&mut session, Input::Connected);
        let outputs =
            receive(&mut session, &["OPEN", FEATURES_PLAIN, SUCCESS, "OPEN", FEATURES_BIND, answer]);
        assert_eq!(closed_with(&outputs), expected);
    }
}

#[test]
fn debug_output_does_not_contain_the_password() {
    let mut session = session();
    feed(&mut session, Input::Connected);
    session.step(Input::Opened);
    let outputs = session.step(Input::Stanza(element(FEATURES_PLAIN)));
    let printed = format!("{session:?} {outputs:?}");
    assert!(!printed.contains("p,w") && !printed.contains("AG1heWEAcCx3"), "{printed}");
}
