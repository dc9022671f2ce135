//! Which agents hear what from the switchboard.

use std::sync::Arc;

use finesse_types::{Payload, UpdateEvent};

use super::*;
use crate::{ClusterBinding, Output, Party, Settings};

fn agent(cluster: &str, id: &str) -> AgentKey {
    AgentKey::new(cluster.into(), id)
}

/// Two clusters; in each the agent 1001 has a session, and in the first one 1002 as well.
fn board() -> Switchboard {
    let cluster = |name: &str| ClusterBinding { cluster: name.into(), destinations: Vec::new() };
    let mut board = Switchboard::new(vec![cluster("east"), cluster("west")], None, 100);
    for (client, cluster, ids) in [("acme", "east", &["1001", "1002"][..]), ("brown", "west", &["1001"])] {
        let client: ClientKey = client.into();
        assert!(board.restore_client(&client, &cluster.into(), None, Party::Client(client.clone())));
        for id in ids {
            assert!(board.restore_session(&agent(cluster, id), &client));
        }
    }
    board
}

fn refusal() -> Box<Update> {
    Box::new(Update {
        payload: Payload::ApiErrors(finesse_types::ApiErrors { errors: Vec::new() }),
        event: UpdateEvent::Put,
        request_id: None,
        source: "/finesse/api/User/1001".to_owned(),
    })
}

#[test]
fn a_refusal_goes_to_the_agent_who_asked_or_back_if_it_has_no_session() {
    let board = board();
    let from = agent("east", "1001");
    let forwarded = board.forward(&from, "1002".to_owned(), refusal());
    assert_eq!(forwarded.agent, agent("east", "1002"));
    assert!(matches!(forwarded.input, Input::Notified { item_id: None, .. }), "{forwarded:?}");
    // The other cluster's 1002 would be somebody else.
    for (from, to) in [(from, "1003"), (agent("west", "1001"), "1002")] {
        let back = board.forward(&from, to.to_owned(), refusal());
        assert_eq!(back.agent, from);
        assert!(matches!(back.input, Input::Unclaimed { .. }), "{back:?}");
    }
}

#[test]
fn the_agents_of_a_cluster_hear_of_its_service_and_no_others() {
    let mut board = board();
    let ServiceReport { events, inputs } = board.report_service(&"east".into(), true);
    assert_eq!(events.iter().map(|(client, _)| client.as_str()).collect::<Vec<_>>(), ["acme"]);
    let heard: Vec<_> = inputs.into_iter().map(|ForAgent { agent, input }| (agent, input)).collect();
    let [(first, Input::Service { available: true }), (second, Input::Service { available: true })] =
        &heard[..]
    else {
        panic!("{heard:?}")
    };
    assert_eq!([first, second], [&agent("east", "1001"), &agent("east", "1002")]);
}

#[test]
fn a_new_machine_is_read_again_when_a_service_that_it_never_saw_comes_back() {
    let key = agent("east", "1001");
    let reads_after = |before: Option<bool>| {
        let mut board = board();
        before.map(|in_service| board.report_service(key.cluster(), in_service));
        let mut machine = board.begin(&key, Agent::new(key.agent(), Arc::new(Settings::default())));
        let command = gc_protocol::Command::parse(gc_protocol::CommandName::Connect, "acme,demo");
        machine.step(Input::Command { id: "c1".into(), client: "acme".into(), command });
        machine.step(Input::AttemptDecided { command: "c1".into(), allowed: Ok(()) });
        machine.step(Input::StreamOpened);
        let outputs = machine.step(Input::Service { available: true });
        outputs.iter().any(|output| matches!(output, Output::StartTimer(crate::Timer::Resync, _)))
    };
    assert_eq!([Some(false), Some(true), None].map(reads_after), [true, false, false]);
}
