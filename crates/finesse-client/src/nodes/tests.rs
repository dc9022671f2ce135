use gc_net::{Fingerprint, Trust};

use super::*;

fn nodes(config: &ClusterConfig) -> Nodes {
    // A pin needs no authority of the operating system.
    let tls = Trust::Pinned(vec![Fingerprint::of(b"")]).client_config().unwrap();
    let mut faults = ConfigFaults::default();
    let nodes = Nodes::new(config, places(config, &mut faults), &tls);
    faults.or(Some(nodes)).unwrap()
}

fn one_node() -> ClusterConfig {
    ClusterConfig::new(vec![NodeConfig::new("https://fa.example:8445")])
}

fn address(host: &str, https_port: Option<u16>) -> NodeAddress {
    NodeAddress { host: host.to_owned(), https_port, ..NodeAddress::default() }
}

/// What the node `fa.example` says.
fn info(secondary: NodeAddress) -> SystemInfo {
    SystemInfo {
        xmpp_domain: "fa.example".to_owned(),
        primary_node: address("fa.example", Some(8445)),
        secondary_node: Some(secondary),
        ..SystemInfo::default()
    }
}

fn names(nodes: &Nodes) -> Vec<String> {
    nodes.all().flatten().map(|node| node.name()).collect()
}

#[test]
fn a_second_node_is_found_and_followed_when_it_moves() {
    let nodes = nodes(&one_node());
    assert_eq!(nodes.learn(0, &info(address("fb.example", None))), Some(1));
    assert_eq!(
        names(&nodes),
        ["fa.example:8445", "fb.example:8445"],
        "the first one's port where none is named"
    );
    assert_eq!(nodes.learn(0, &info(address("fb.example", None))), None, "nothing new");
    assert_eq!(nodes.learn(0, &info(address("fc.example", Some(9445)))), Some(1));
    assert_eq!(names(&nodes), ["fa.example:8445", "fc.example:9445"]);
    assert_eq!(
        nodes.learn(1, &info(address("fd.example", None))),
        None,
        "only a configured node names another"
    );
}

#[test]
fn what_is_configured_is_not_replaced_by_what_a_node_says() {
    let mut config = one_node();
    config.nodes.push(NodeConfig::new("https://fx.example:8445"));
    let both = nodes(&config);
    assert_eq!(both.learn(0, &info(address("fb.example", Some(8445)))), None);
    assert_eq!(names(&both), ["fa.example:8445", "fx.example:8445"]);
    let alone = nodes(&ClusterConfig { discover: false, ..one_node() });
    assert_eq!(alone.learn(0, &info(address("fb.example", Some(8445)))), None);
    assert_eq!(alone.all().count(), 1);
}

#[test]
fn a_single_node_that_names_itself_twice_has_no_second_one() {
    let nodes = nodes(&one_node());
    assert_eq!(nodes.learn(0, &info(address("FA.example", Some(8445)))), None);
    let unknown = SystemInfo { xmpp_domain: "elsewhere.example".to_owned(), ..SystemInfo::default() };
    let unnamed = SystemInfo { primary_node: address("x.example", None), ..unknown };
    assert_eq!(nodes.learn(0, &unnamed), None, "it does not say which of them it is");
    for host in ["fb.example/path", "user@fb.example", ""] {
        assert_eq!(nodes.learn(0, &info(address(host, Some(8445)))), None, "{host:?} is no host");
    }
    assert_eq!(names(&nodes), ["fa.example:8445"]);
}

#[test]
fn a_node_behind_another_name_is_known_by_its_domain() {
    let config = ClusterConfig::new(vec![NodeConfig::new("https://192.0.2.5")]);
    let nodes = nodes(&config);
    assert_eq!(nodes.learn(0, &info(address("fb.example", Some(8445)))), Some(1));
}

#[test]
fn named_ports_count_where_no_place_of_notifications_is_configured() {
    let named = SystemInfo {
        primary_node: NodeAddress { xmpp_secure_port: Some(15223), ..address("fa.example", Some(8445)) },
        ..info(address("fa.example", None))
    };
    let places = |notifications: &[&str]| {
        let notifications = notifications.iter().map(ToString::to_string).collect();
        let node = NodeConfig { notifications, ..NodeConfig::new("https://fa.example:8445") };
        let nodes = nodes(&ClusterConfig::new(vec![node]));
        nodes.learn(0, &named);
        let node = nodes.get(0).unwrap();
        node.notifications.in_turn().map(|(_, endpoint)| endpoint.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(places(&[])[1], "xmpps://fa.example:15223");
    assert_eq!(places(&["xmpps://fa.example"]), ["xmpps://fa.example:5223"]);
}

#[test]
fn behind_a_proxy_no_other_node_is_looked_for() {
    let one = |change: fn(&mut NodeConfig)| {
        let mut config = one_node();
        change(&mut config.nodes[0]);
        let nodes = nodes(&config);
        assert_eq!(nodes.learn(0, &info(address("fb.example", Some(8445)))), None);
        names(&nodes)
    };
    assert_eq!(one(|node| node.path = "/west".to_owned()), ["fa.example:8445/west"]);
    assert_eq!(one(|node| node.address = Some("192.0.2.7".to_owned())), ["fa.example:8445"]);
}

#[test]
fn a_node_whose_ports_become_known_keeps_what_it_has() {
    let nodes = nodes(&one_node());
    let before = nodes.get(0).unwrap();
    let mut named = info(address("fb.example", None));
    named.primary_node.xmpp_secure_port = Some(15223);
    nodes.learn(0, &named);
    let node = nodes.get(0).unwrap();
    assert!(!Arc::ptr_eq(&before, &node), "it has other ports");
    assert!(Arc::ptr_eq(&before.cookies, &node.cookies));
    assert!(Arc::ptr_eq(&before.logins, &node.logins) && Arc::ptr_eq(&before.requests, &node.requests));
}

#[test]
fn a_found_node_that_names_other_ports_is_still_the_same_node() {
    let nodes = nodes(&one_node());
    let named = |port| NodeAddress { xmpp_secure_port: Some(port), ..address("fb.example", None) };
    assert_eq!(nodes.learn(0, &info(named(5223))), Some(1));
    let before = nodes.get(1).unwrap();
    assert_eq!(nodes.learn(0, &info(named(15223))), None, "its health is that of the node there");
    let node = nodes.get(1).unwrap();
    let places = node.notifications.in_turn().map(|(_, endpoint)| endpoint.to_string());
    assert!(places.into_iter().any(|place| place == "xmpps://fb.example:15223"));
    assert!(Arc::ptr_eq(&before.logins, &node.logins) && Arc::ptr_eq(&before.cookies, &node.cookies));
}
