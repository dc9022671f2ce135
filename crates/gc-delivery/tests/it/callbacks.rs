//! What a receiver sees.

use std::{
    collections::{HashMap, HashSet},
    time::{SystemTime, UNIX_EPOCH},
};

use gc_delivery::{ClientKey, Config, Item, Message, Order, UnknownClient, Wrapping};
use proptest::prelude::*;

use crate::{
    receiver::{self, Answer, Receiver},
    support::{HOUR, append, config, crm, delivery, message, until},
};

#[tokio::test]
async fn an_event_is_posted_bare_with_its_names_in_headers() {
    let mut receiver = Receiver::good().await;
    let delivery = delivery(config());
    delivery.register(&crm(), Some(receiver.callback()));
    let mut stream = delivery.subscribe(&crm(), None).unwrap();
    let body = r#"{"type":"State","agentId":"7001","label":"Pause – früh"}"#;
    let sent = Message {
        agent_id: Some("7001".into()),
        dialog_id: Some("16777217".into()),
        command_id: Some("c-1".into()),
        session_url: Some("https://crm.example/s?id=1&x=ü".into()),
        ..Message::new("State", body)
    };
    delivery.append([(crm(), sent)]).unwrap();
    delivery.append([(crm(), Message::new("System", "{}"))]).unwrap();

    let request = receiver.next().await;
    assert_eq!((request.path.as_str(), request.body.as_str()), ("/events", body));
    assert_eq!(request.header("content-type"), "application/json");
    assert_eq!(request.header("gc-sequence"), "1");
    let Some(Item::Entry(streamed)) = stream.next().await else { panic!("the stream has ended") };
    assert_eq!(request.header("gc-epoch"), streamed.epoch.to_string());
    assert_eq!(request.header("gc-agent-id"), "7001");
    assert_eq!(request.header("gc-dialog-id"), "16777217");
    assert_eq!(request.header("gc-command-id"), "c-1");
    assert_eq!(request.header("gc-session-url"), "https://crm.example/s?id=1&x=%C3%BC");
    assert_eq!(request.header("webhook-id").len(), 36);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert!(now.abs_diff(request.header("webhook-timestamp").parse().unwrap()) < 60);

    let second = receiver.next().await;
    assert_eq!(second.header("gc-sequence"), "2");
    assert!(
        ["gc-agent-id", "gc-dialog-id", "gc-command-id", "gc-session-url"]
            .iter()
            .all(|name| second.header(name).is_empty())
    );
    assert_ne!(second.header("webhook-id"), request.header("webhook-id"));
}

#[tokio::test]
async fn the_event_is_wrapped() {
    let mut receiver = Receiver::good().await;
    let delivery = delivery(Config { wrapping: Wrapping::Data, ..config() });
    delivery.register(&crm(), Some(receiver.callback()));
    delivery.append([(crm(), Message::new("System", r#"{"type":"System"}"#))]).unwrap();
    assert_eq!(receiver.next().await.body, r#"{"data":{"type":"System"}}"#);
}

#[tokio::test]
async fn a_name_that_no_header_can_hold_costs_no_event() {
    let mut receiver = Receiver::good().await;
    let delivery = delivery(config());
    delivery.register(&crm(), Some(receiver.callback()));
    let odd = Message {
        session_url: Some("x".repeat(100_000)),
        agent_id: Some("70\r\ngc-forged: 1".into()),
        ..message("odd")
    };
    delivery.append([(crm(), odd)]).unwrap();
    let request = receiver.next().await;
    assert_eq!(request.header("gc-agent-id"), "70%0D%0Agc-forged: 1");
    assert_eq!(request.header("gc-session-url"), "");
    assert_eq!(request.header("gc-forged"), "");
}

#[tokio::test]
async fn an_event_waits_until_the_one_before_it_was_taken() {
    let mut receiver =
        Receiver::scripted([500, 404, 200, 400, 503].map(Answer::Status), Answer::Status(202)).await;
    let delivery = delivery(config());
    delivery.register(&crm(), Some(receiver.callback()));
    append(&delivery, &crm(), 4).await;
    let mut ids = HashMap::<u64, HashSet<String>>::new();
    let mut sequences = Vec::new();
    for _ in 0..8 {
        let request = receiver.next().await;
        sequences.push(request.sequence());
        ids.entry(request.sequence()).or_default().insert(request.header("webhook-id").to_owned());
    }
    assert_eq!(sequences, [1, 1, 1, 2, 2, 2, 3, 4]);
    assert!(ids.values().all(|ids| ids.len() == 1), "every attempt carries the same id");
    until(|| delivery.counts(&crm()).unwrap().undelivered == 0).await;
    assert!(receiver.is_quiet(), "what was taken is not sent again");
}

#[tokio::test]
async fn in_the_order_of_agents_a_slow_answer_holds_up_only_its_agent_and_what_waits_for_all() {
    let mut receiver = Receiver::scripted([Answer::Silence], Answer::Status(200)).await;
    let orders = Order::Agent { max_in_flight: 4 }.into();
    let delivery = delivery(Config { orders, ..config() });
    delivery.register(&crm(), Some(receiver.callback()));
    let of = |agent: &str| Message { agent_id: Some(agent.to_owned()), ..message(agent) };
    let first = delivery.append([(crm(), of("7001"))]).unwrap();
    first.await.unwrap();
    assert_eq!(receiver.next().await.sequence(), 1);
    let system = Message { barrier: true, ..Message::new("System", "{}") };
    let further = [of("7001"), of("7002"), of("7003"), system, of("7004")];
    delivery.append(further.map(|message| (crm(), message))).unwrap();
    let mut others = [receiver.next().await, receiver.next().await];
    assert!(others.iter().all(|request| request.header("gc-order") == "agent"));
    others.sort_by_key(receiver::Request::sequence);
    assert_eq!(others.map(|request| request.sequence()), [3, 4]);
    until(|| delivery.counts(&crm()).unwrap().undelivered == 4).await;
    assert!(receiver.is_quiet());
}

#[tokio::test]
async fn appending_never_waits_for_a_callback() {
    let mut receiver = Receiver::scripted([], Answer::Silence).await;
    let delivery = delivery(config());
    delivery.register(&crm(), Some(receiver.callback()));
    delivery.append([(crm(), message("first"))]).unwrap();
    assert_eq!(receiver.next().await.sequence(), 1);
    // The receiver never answers: this waits for commits alone.
    append(&delivery, &crm(), 1_000).await;
    assert_eq!(delivery.counts(&crm()).unwrap().undelivered, 1_001);
}

#[tokio::test]
async fn one_dead_client_delays_none_of_fifty_others() {
    let mut dead = Receiver::scripted([], Answer::Silence).await;
    let mut fast = Receiver::good().await;
    let delivery = delivery(config());
    delivery.register(&crm(), Some(dead.callback()));
    append(&delivery, &crm(), 20).await;
    assert_eq!(dead.next().await.sequence(), 1);
    let clients: Vec<_> = (0..50).map(|n| ClientKey::from(format!("desk-{n}").as_str())).collect();
    for client in &clients {
        delivery.register(client, Some(fast.callback_at(&format!("/{client}"))));
        append(&delivery, client, 10).await;
    }
    let mut arrived = HashMap::<String, Vec<u64>>::new();
    for _ in 0..500 {
        let request = fast.next().await;
        arrived.entry(request.path.clone()).or_default().push(request.sequence());
    }
    assert_eq!(arrived.len(), 50);
    assert!(arrived.values().all(|sequences| sequences.iter().copied().eq(1..=10)), "each once and in order");
    until(|| clients.iter().all(|client| delivery.counts(client).unwrap().undelivered == 0)).await;
    assert_eq!(
        delivery.counts(&crm()).unwrap().undelivered,
        20,
        "the dead one still waits for its first answer"
    );
}

#[tokio::test]
async fn a_changed_callback_takes_over_at_once() {
    let mut before = Receiver::scripted([], Answer::Status(500)).await;
    let mut after = Receiver::good().await;
    let delivery = delivery(Config { retry_at: vec![HOUR], ..config() });
    delivery.register(&crm(), Some(before.callback()));
    append(&delivery, &crm(), 2).await;
    assert_eq!(before.next().await.sequence(), 1);
    delivery.register(&crm(), Some(after.callback()));
    assert_eq!(after.next_sequences(2).await, [1, 2]);
    append(&delivery, &crm(), 1).await;
    assert_eq!(after.next().await.sequence(), 3);
    assert!(before.is_quiet());
}

#[tokio::test]
async fn a_client_that_says_hello_again_need_not_wait_for_the_next_attempt() {
    let mut receiver = Receiver::scripted([Answer::Status(503)], Answer::Status(200)).await;
    let delivery = delivery(Config { retry_at: vec![HOUR], ..config() });
    delivery.register(&crm(), Some(receiver.callback()));
    append(&delivery, &crm(), 1).await;
    assert_eq!(receiver.next().await.sequence(), 1);
    delivery.register(&crm(), Some(receiver.callback()));
    assert_eq!(receiver.next().await.sequence(), 1);
}

#[tokio::test]
async fn what_was_collected_before_there_was_a_callback_goes_to_it() {
    let mut receiver = Receiver::good().await;
    let delivery = delivery(config());
    delivery.register(&crm(), None);
    append(&delivery, &crm(), 2).await;
    delivery.register(&crm(), Some(receiver.callback()));
    assert_eq!(receiver.next_sequences(2).await, [1, 2]);
}

#[tokio::test]
async fn a_forgotten_client_is_unknown_and_gets_no_more_attempts() {
    let mut receiver = Receiver::scripted([], Answer::Silence).await;
    let delivery = delivery(config());
    let unknown = UnknownClient(crm());
    assert_eq!(delivery.append([(crm(), message("x"))]).unwrap_err(), unknown);
    delivery.register(&crm(), Some(receiver.callback()));
    append(&delivery, &crm(), 2).await;
    let before = receiver.next().await;
    delivery.forget(&crm()).await.unwrap();
    receiver.is_given_up().await;
    assert_eq!(delivery.append([(crm(), message("x"))]).unwrap_err(), unknown);
    assert_eq!(delivery.counts(&crm()), Err(unknown));
    delivery.register(&crm(), Some(receiver.callback()));
    delivery.append([(crm(), message("afresh"))]).unwrap();
    let afresh = receiver.next().await;
    assert_eq!(afresh.sequence(), 1);
    assert_ne!(afresh.header("gc-epoch"), before.header("gc-epoch"));
    assert!(afresh.body.contains("afresh"));
}

fn any_answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        4 => Just(Answer::Status(200)),
        1 => (201..600_u16).prop_filter("final, and with room for a length", |status| ![204, 304].contains(status))
            .prop_map(Answer::Status),
        1 => Just(Answer::HangUp),
        1 => Just(Answer::HalfHead),
        1 => Just(Answer::HalfBody),
        1 => Just(Answer::Endless),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// However badly a receiver answers: everything arrives, and nothing overtakes.
    #[test]
    fn a_delivery_task_keeps_its_order(script in proptest::collection::vec(any_answer(), 0..25), events in 1..12_usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut sequences = runtime.block_on(async {
            let mut receiver = Receiver::scripted(script, Answer::Status(200)).await;
            let patient = Config { gone_pause: config().retry_every, rejected_tries: usize::MAX, ..config() };
            let delivery = delivery(patient);
            delivery.register(&crm(), Some(receiver.callback()));
            append(&delivery, &crm(), events).await;
            let mut sequences = Vec::new();
            while sequences.last() != Some(&(events as u64)) {
                sequences.push(receiver.next().await.sequence());
            }
            until(|| delivery.counts(&crm()).unwrap().undelivered == 0).await;
            sequences
        });
        sequences.dedup();
        prop_assert_eq!(sequences, (1..=events as u64).collect::<Vec<_>>());
    }
}
