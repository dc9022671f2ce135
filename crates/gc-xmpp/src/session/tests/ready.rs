//! The session after the login.

use super::*;

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
            Output::Deliver(Event::Notification(notification)) => *notification,
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
fn a_notification_from_an_account_is_ignored_as_forged() {
    let mut session = ready();
    let message = |from: &str, kind: &str| {
        format!(
            "<message {from} {kind}><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='/n'>\
             <item><n>x</n></item></items></event></message>"
        )
    };
    assert!(receive(&mut session, &[&message("from='eve@chat.example/x'", "")]).is_empty());
    assert!(receive(&mut session, &[&message("from='pubsub.chat.example'", "type='error'")]).is_empty());
    assert_eq!(receive(&mut session, &[&message("from='pubsub.chat.example/a@b'", "")]).len(), 1);
    assert_eq!(receive(&mut session, &[&message("", "type='headline'")]).len(), 1);
}

#[test]
fn presence_is_delivered_unless_it_is_of_another_type() {
    let mut session = ready();
    let here = receive(&mut session, &["<presence from='finesse@chat.example'/>"]);
    assert_eq!(here, [r#"Presence { from: "finesse@chat.example", available: true }"#]);
    let gone = receive(&mut session, &["<presence from='finesse@chat.example' type='unavailable'/>"]);
    assert_eq!(gone, [r#"Presence { from: "finesse@chat.example", available: false }"#]);
    assert!(receive(&mut session, &["<presence from='eve@chat.example' type='subscribe'/>"]).is_empty());
}

#[test]
fn a_ping_is_answered_with_a_result_and_any_other_request_with_an_error() {
    let mut session = ready();
    let answer = receive(
        &mut session,
        &["<iq type='get' id='7' from='chat.example'><ping xmlns='urn:xmpp:ping'/></iq>"],
    );
    assert_eq!(answer, [r#"<iq xmlns="jabber:client" type="result" id="7" to="chat.example"/>"#]);
    for query in ["jabber:iq:version", "http://jabber.org/protocol/disco#info", "jabber:iq:roster"] {
        let answer =
            receive(&mut session, &[&format!("<iq type='get' id='8'><query xmlns='{query}'/></iq>")]);
        assert_eq!(
            answer,
            [
                r#"<iq xmlns="jabber:client" type="error" id="8"><error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>"#
            ]
        );
    }
}

#[test]
fn a_subscription_is_for_the_full_jid_and_its_answer_goes_to_its_ticket() {
    let mut session = ready();
    let request = feed(&mut session, Input::Subscribe { ticket: Ticket(3), node: "/n/<1>".to_owned() });
    assert_eq!(
        request,
        [
            r#"<iq xmlns="jabber:client" type="set" id="request-3" to="pubsub.chat.example"><pubsub xmlns="http://jabber.org/protocol/pubsub"><subscribe node="/n/&lt;1&gt;" jid="maya@chat.example/given"/></pubsub></iq>"#,
            "Request(Ticket(3)) in 5s"
        ]
    );
    let granted = "<iq type='result' id='request-3' from='pubsub.chat.example'><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
                   <subscription node='/n' subscription='subscribed'/></pubsub></iq>";
    assert_eq!(receive(&mut session, &[granted]), ["Ticket(3) Ok(())"]);
    assert!(receive(&mut session, &[granted]).is_empty(), "a second answer is ignored");
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
        feed(&mut session, Input::Subscribe { ticket: Ticket(1), node: "/n".to_owned() });
        assert_eq!(receive(&mut session, &[answer]), [expected]);
    }
    let mut session = ready();
    feed(&mut session, Input::Unsubscribe { ticket: Ticket(1), node: "/n".to_owned() });
    let timed_out = feed(&mut session, Input::TimerFired(Timer::Request(Ticket(1))));
    assert_eq!(timed_out, ["Ticket(1) Err(TimedOut)"]);
}

#[test]
fn an_answer_from_another_sender_is_ignored() {
    let mut session = ready();
    feed(&mut session, Input::Subscribe { ticket: Ticket(1), node: "/n".to_owned() });
    assert!(
        receive(&mut session, &["<iq type='result' id='request-1' from='eve@chat.example/x'/>"]).is_empty()
    );
}

#[test]
fn requests_end_with_the_session_and_fail_without_one() {
    let subscribe = || Input::Subscribe { ticket: Ticket(1), node: "/n".to_owned() };
    assert_eq!(feed(&mut session(), subscribe()), ["Ticket(1) Err(Closed)"]);
    let mut session = ready();
    feed(&mut session, subscribe());
    let outputs = feed(&mut session, Input::Lost(Lost::Eof));
    assert_eq!(
        outputs,
        ["Ticket(1) Err(Closed)", "closed: the connection was lost: it closed without closing the stream"]
    );
    assert_eq!(feed(&mut session, subscribe()), ["Ticket(1) Err(Closed)"]);
}

#[test]
fn a_ping_on_request_is_answered_by_the_domain_with_a_result_or_a_refusal() {
    for kind in ["result", "error"] {
        let mut session = ready();
        let request = feed(&mut session, Input::Ping { ticket: Ticket(4) });
        assert!(request[0].contains(r#"id="request-4" to="chat.example""#), "{request:?}");
        let from = |who: &str| format!("<iq type='{kind}' id='request-4' from='{who}'/>");
        assert!(receive(&mut session, &[&from("pubsub.chat.example")]).is_empty(), "it was not asked");
        assert_eq!(receive(&mut session, &[&from("chat.example")]), ["Ticket(4) Ok(())"]);
    }
    assert_eq!(feed(&mut session(), Input::Ping { ticket: Ticket(4) }), ["Ticket(4) Err(Closed)"]);
}
