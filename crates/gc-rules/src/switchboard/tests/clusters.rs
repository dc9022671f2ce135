//! Several clusters in one process.

use super::*;

#[test]
fn a_client_is_bound_to_the_cluster_that_names_it_and_else_to_the_first() {
    let mut board = two_clusters();
    assert_eq!(cluster_of(&ask(&mut board, &request("Connect#7", "crm,demo"))), "west");
    assert_eq!(cluster_of(&ask(&mut board, &request("Connect#7", "east-crm,demo"))), "east");
}

#[test]
fn the_status_of_a_cluster_is_for_its_own_clients() {
    let mut board = two_clusters();
    let notified = board.service_changed(&"east".into(), true);
    assert_eq!(notified.iter().map(|(client, _)| client.as_str()).collect::<Vec<_>>(), ["east-crm"]);
}

#[test]
fn an_agent_of_two_clusters_is_the_one_of_the_caller() {
    let mut board = two_clusters();
    let ready = || request("MakeReady#1001", "");
    assert_eq!(cluster_of(&ask(&mut board, &from_session("https://east-crm/s", ready()))), "east");
    assert_eq!(cluster_of(&ask(&mut board, &from_session("https://crm/s", ready()))), "west");
    assert_eq!(cluster_of(&ask_at(&mut board, &ready(), Some("east"))), "east");
    let refused = text(ask(&mut board, &ready()));
    assert!(refused.contains("west, east") && refused.contains("/gc/<cluster>/command"), "{refused}");
}

#[test]
fn an_agent_of_one_cluster_is_found_without_naming_it() {
    let mut board = two_clusters();
    ask(&mut board, &request("Connect#7", "east-crm,demo"));
    assert_eq!(cluster_of(&ask(&mut board, &request("MakeReady#7", ""))), "east");
}

#[test]
fn an_address_decides_where_a_client_that_no_cluster_names_belongs() {
    let mut board = two_clusters();
    ask_at(&mut board, &request("Hello#desk", ""), Some("east"));
    assert_eq!(cluster_of(&ask(&mut board, &request("Connect#7", "desk,demo"))), "east");
    // Destinations are unique, and what the configuration says stands.
    for (destination, at) in [("desk", "west"), ("east-crm", "west"), ("crm", "east")] {
        let hello = request(&format!("Hello#{destination}"), "");
        assert!(text(ask_at(&mut board, &hello, Some(at))).contains("belongs to cluster"), "{destination}");
    }
    assert!(text(ask_at(&mut board, &request("Hello#x", ""), Some("north"))).contains("north"));
    // Only a command for an agent names one.
    for (asked, agent) in [("Hello#x", None), ("GetState#7", Some("7"))] {
        let refused = error(ask_at(&mut board, &request(asked, ""), Some("north")), Refusal::WhichCluster);
        assert_eq!(refused.agent_id.as_deref(), agent);
    }
}
