//! How a session ends, and what keeps it alive.

use super::*;

#[test]
fn a_stream_error_ends_the_session_at_any_time_with_its_condition() {
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
fn two_pings_without_any_traffic_end_the_session() {
    let mut session = ready();
    let ping = |number: u32| {
        format!(
            r#"<iq xmlns="jabber:client" type="get" id="ping-{number}" to="chat.example"><ping xmlns="urn:xmpp:ping"/></iq>"#
        )
    };
    let fire = |session: &mut Session| feed(session, Input::TimerFired(Timer::Ping));
    assert_eq!(fire(&mut session), [ping(1), "Ping in 6s".to_owned()]);
    assert_eq!(fire(&mut session), [ping(2), "Ping in 6s".to_owned()]);
    assert_eq!(closed_with(&fire(&mut session)), "the server does not answer any more");
}

#[test]
fn any_traffic_keeps_the_session_alive_even_an_error_to_a_ping() {
    let traffic = [
        Input::Alive,
        Input::Stanza(element("<presence from='x'/>")),
        Input::Unreadable(FramingError::NotUtf8),
        Input::Stanza(element("<iq type='error' id='ping-2'><error/></iq>")),
    ];
    for input in traffic {
        let mut session = ready();
        for _ in 0..10 {
            session.step(Input::TimerFired(Timer::Ping));
            session.step(Input::TimerFired(Timer::Ping));
            session.step(input.clone());
            assert!(session.is_ready(), "{input:?}");
        }
    }
}

#[test]
fn an_orderly_close_waits_for_the_server_until_a_deadline() {
    let mut session = ready();
    assert_eq!(feed(&mut session, Input::Close), ["close", "Close in 2s"]);
    assert!(feed(&mut session, Input::Close).is_empty(), "the stream is closed once");
    assert!(receive(&mut session, &["<presence from='x'/>"]).is_empty());
    assert_eq!(receive(&mut session, &["END"]), ["closed: closed on request"]);

    let mut session = ready();
    feed(&mut session, Input::Close);
    let outputs = feed(&mut session, Input::TimerFired(Timer::Close));
    assert_eq!(outputs, ["closed: closed on request"]);
}

#[test]
fn the_server_can_close_the_stream_or_redirect_to_another_host() {
    assert_eq!(receive(&mut ready(), &["END"]), ["close", "closed: the server closed the stream"]);
    let see_other = Some("wss://b.example/ws".to_owned());
    let outputs = ready().step(Input::Ended { see_other });
    let condition = StreamCondition::SeeOtherHost("wss://b.example/ws".to_owned());
    let expected = CloseReason::Stream(StreamError { condition, text: None });
    assert!(matches!(outputs.last(), Some(Output::Closed(reason)) if *reason == expected));
}

#[test]
fn a_bad_stream_is_reported_to_the_server_and_ends() {
    let outputs = feed(&mut ready(), Input::Malformed(FramingError::Restricted("comment")));
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
fn an_unreadable_stanza_is_reported_but_only_ends_a_login() {
    let unreadable = || Input::Unreadable(FramingError::NotUtf8);
    for mut session in [not_yet_present(), ready()] {
        assert_eq!(feed(&mut session, unreadable()), ["Unreadable(NotUtf8)"]);
    }
    let mut session = ready();
    feed(&mut session, Input::Close);
    assert!(feed(&mut session, unreadable()).is_empty());

    let mut session = session_at_login();
    assert_eq!(closed_with(&feed(&mut session, unreadable())), "the server sent a bad stream: not UTF-8");
}

#[test]
fn a_reason_that_is_unread_when_writing_fails_is_still_reported() {
    let conflict = "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
    let mut session = ready();
    assert_eq!(feed(&mut session, Input::WriteFailed(Lost::Eof)), ["Close in 2s"]);
    assert_eq!(closed_with(&receive(&mut session, &[conflict])), "the server ended the stream: conflict");

    let mut session = ready();
    feed(&mut session, Input::WriteFailed(Lost::WriteTimedOut));
    let outputs = feed(&mut session, Input::Lost(Lost::Eof));
    assert_eq!(closed_with(&outputs), "the connection was lost: it takes nothing that we send");
}
