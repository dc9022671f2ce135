//! What a principal may see and do: its own, and nothing else.

use gc_access::Destinations;

use super::*;

fn principal(name: &str, right: Right) -> Principal {
    Principal::new(name, Destinations::new([format!("{name}*")]), [right])
}

fn acme() -> Principal {
    principal("acme", Right::Supervisor)
}

fn bell() -> Principal {
    principal("bell", Right::Supervisor)
}

/// acme has connected 1001, who supervises 1002; bell has said Hello.
fn two_tenants() -> Switchboard {
    let mut board = with_agent();
    board.note(&agent("1001"), SessionChange::Supervises(vec!["1002".into()]));
    ask_as(&mut board, &bell(), &from_session("https://bell/s", request("Hello#bell", "")), None);
    board
}

fn naming(url: Option<&str>, mut request: Request) -> Request {
    request.session_url = url.map(str::to_owned);
    request
}

/// Everything that the caller learns, with this name taken out of it.
fn learnt(decision: Decision, name: &str) -> String {
    let Decision::Refused(Refused { reason, event, client }) = decision else { panic!("{decision:?}") };
    format!("{reason:?} {client:?} {}", event.to_json(gc_events::Dialect::default())).replace(name, "…")
}

/// The same for two requests that differ only in a name.
#[track_caller]
fn both_learn_the_same(
    board: &Switchboard,
    who: &Principal,
    ask: impl Fn(&str) -> Request,
    names: [&str; 2],
) {
    let [one, other] = names.map(|name| learnt(board.decide_read(who, &ask(name), None), name));
    assert_eq!(one, other);
}

#[test]
fn a_destination_of_somebody_else_is_refused_alike_whether_it_exists_or_not() {
    let board = two_tenants();
    let names = ["acme", "zulu"];
    let hello = |name: &str| request(&format!("Hello#{name}"), "");
    let connect = |name: &str| request("Connect#1001", &format!("{name},demo"));
    both_learn_the_same(&board, &bell(), hello, names);
    both_learn_the_same(&board, &bell(), |name| from_session("https://acme/s", hello(name)), names);
    both_learn_the_same(&board, &bell(), |name| request(&format!("Beat#{name}"), ""), names);
    both_learn_the_same(&board, &bell(), connect, names);
    both_learn_the_same(&board, &bell(), |name| with_callback(connect(name)), names);
    let reasons = [hello("acme"), with_callback(connect("acme")), request("Beat#acme", "")];
    let reasons = reasons.map(|request| refusal(board.decide_read(&bell(), &request, None)).0);
    assert_eq!(reasons, [Refusal::NotItsOwn, Refusal::NotItsOwn, Refusal::UnknownClient]);
}

#[test]
fn a_hello_of_somebody_else_changes_nothing() {
    let mut board = two_tenants();
    ask_as(&mut board, &bell(), &from_session("https://bell/mine", request("Hello#acme", "")), None);
    assert_eq!(board.session_url(&"acme".into()), Some("https://acme/s"));
}

#[test]
fn an_agent_of_somebody_else_is_answered_like_one_who_is_not_there() {
    let board = two_tenants();
    for name in CommandName::ALL.iter().copied() {
        if matches!(name, CommandName::Hello | CommandName::Beat | CommandName::Connect) {
            continue;
        }
        for url in [None, Some("https://acme/s"), Some("https://bell/s"), Some("https://nobody/s")] {
            let ask = |id: &str| naming(url, request(&format!("{name}#{id}"), ""));
            both_learn_the_same(&board, &bell(), ask, ["1001", "1003"]);
            // Not even through the supervisor who has the agent in a team.
            both_learn_the_same(&board, &bell(), ask, ["1002", "1003"]);
            // What is said is said to nobody but the one who asks.
            let refused = refusal(board.decide_read(&bell(), &ask("1001"), None));
            let asking = url.filter(|url| *url == "https://bell/s").map(|_| "bell".to_owned());
            assert_eq!(refused, (Refusal::UnknownAgent, asking), "{name} {url:?}");
        }
    }
}

#[test]
fn the_listener_says_who_asks_and_the_session_url_does_not() {
    let mut board = two_tenants();
    for url in [None, Some("https://acme/s"), Some("https://acme/old"), Some("https://bell/s")] {
        let ready = naming(url, request("MakeReady#1001", ""));
        assert_eq!(taken_for(ask_as(&mut board, &acme(), &ready, None)), "acme", "{url:?}");
    }
}

#[test]
fn who_names_only_an_agent_means_its_own() {
    let mut board = two_clusters();
    let crm = Principal::new("crm", Destinations::new(["crm"]), [Right::Agent]);
    let east = Principal::new("east", Destinations::new(["*"]), [Right::Agent]).in_cluster("east");
    let ready = request("MakeReady#1001", "");
    assert_eq!(cluster_of(&ask_as(&mut board, &crm, &ready, None)), "west");
    assert_eq!(cluster_of(&ask_as(&mut board, &east, &ready, None)), "east");
    let crms = from_session("https://crm/s", ready);
    assert_eq!(
        cluster_of(&ask_as(&mut board, &east, &crms, None)),
        "east",
        "crm's session says nothing here"
    );
}

#[test]
fn a_cluster_of_somebody_else_is_answered_like_one_that_is_not_there() {
    let mut board = two_clusters();
    let west = Principal::new("west", Destinations::new(["*"]), [Right::Supervisor]).in_cluster("west");
    for command in ["Hello#desk", "Beat#crm", "MakeReady#1001", "GetState#7"] {
        let at = |cluster: &str| {
            learnt(board.decide_read(&west, &request(command, ""), Some(&cluster.into())), cluster)
        };
        assert_eq!(at("east"), at("north"), "{command}");
    }
    // A destination that belongs there is not its own, whoever has it.
    for request in [request("Hello#east-crm", ""), request("Hello#east-new", "")] {
        let refused = error(board.decide_read(&west, &request, None), Refusal::NotItsOwn);
        assert!(!refused.message.contains("cluster"), "{}", refused.message);
        assert!(refused.message.ends_with("in the caller's key destinations."), "{}", refused.message);
    }
    assert_eq!(
        refusal(board.decide_read(&west, &request("Beat#east-crm", ""), None)).0,
        Refusal::UnknownClient
    );
    assert!(!board.may_watch(&west, &"east-crm".into()) && board.may_watch(&west, &"crm".into()));
    // Its own clients are in its cluster, which need not be the first.
    let east = Principal::new("east", Destinations::new(["desk"]), [Right::Agent]).in_cluster("east");
    ask_as(&mut board, &east, &request("Hello#desk", ""), None);
    assert_eq!(cluster_of(&ask_as(&mut board, &east, &request("Connect#8", "desk,demo"), None)), "east");
}

#[test]
fn a_command_needs_its_right_before_anything_is_looked_up() {
    let board = two_tenants();
    let denied = |right: Right, command: &str| {
        let decision = board.decide_read(&principal("acme", right), &request(command, ""), None);
        matches!(decision, Decision::Refused(Refused { reason: Refusal::RightMissing, .. }))
    };
    for command in ["Hello#acme", "Beat#acme", "Connect#1001", "MakeReady#1001", "getteamusers#1001"] {
        assert!(denied(Right::Read, command) && denied(Right::Admin, command), "{command}");
    }
    for command in ["getteamusers#1001", "silentmonitor#1001", "getqueuelist#1003", "bargein#1001"] {
        assert!(denied(Right::Agent, command) && !denied(Right::Supervisor, command), "{command}");
    }
    assert!(!denied(Right::Agent, "Hello#acme") && !denied(Right::Agent, "MakeReady#1001"));
    let refused = board.decide_read(&principal("acme", Right::Agent), &request("bargein#1001", ""), None);
    assert!(error(refused, Refusal::RightMissing).message.contains("bargein needs the right supervisor"));
}

#[test]
fn a_team_member_needs_the_right_of_a_supervisor_and_ones_own_supervisor() {
    let board = two_tenants();
    let for_member = |who: &Principal| board.decide_read(who, &request("MakeReady#1002", ""), None);
    let taken = for_member(&acme());
    assert!(matches!(&taken, Decision::Member { client, .. } if client.as_str() == "acme"), "{taken:?}");
    for who in [principal("acme", Right::Agent), bell()] {
        assert_eq!(refusal(for_member(&who)).0, Refusal::UnknownAgent);
    }
}

#[test]
fn the_only_supervisor_of_a_principal_is_meant_without_a_session_even_if_no_team_lists_the_member() {
    let mut board = two_tenants();
    let for_1003 = |board: &Switchboard| board.decide_read(&acme(), &request("Logout#1003", ""), None);
    assert!(matches!(for_1003(&board), Decision::Member { .. }), "Finesse says whether 1003 is in the team");
    ask_as(&mut board, &acme(), &with_callback(request("Connect#1091", "acme2,demo")), None);
    board.note(&agent("1091"), SessionChange::Supervises(vec!["1002".into()]));
    assert_eq!(refusal(for_1003(&board)).0, Refusal::UnknownAgent, "either may be meant");
    let both_list = board.decide_read(&acme(), &request("Logout#1002", ""), None);
    assert!(message(both_list, Refusal::NotOwner).contains("Send the sessionUrl"));
    // One's own session distinguishes them, and a foreign one does not.
    let from = |url: &str| board.decide_read(&acme(), &from_session(url, request("Logout#1002", "")), None);
    assert!(
        matches!(from("https://acme/s"), Decision::Member { supervisor, .. } if supervisor.agent() == "1001")
    );
    assert!(message(from("https://bell/s"), Refusal::NotOwner).contains("Send the sessionUrl"));
}

#[test]
fn a_connect_that_cannot_be_read_is_no_event_for_somebody_else() {
    let board = two_tenants();
    let connect = from_session("https://acme/s", request("Connect#1001", "acme"));
    assert_eq!(refusal(board.decide_read(&bell(), &connect, None)), (Refusal::BadArguments, None));
    assert!(matches!(board.decide_read(&acme(), &connect, None), Decision::Denied { .. }));
}

#[test]
fn an_agent_may_change_to_another_principal_with_the_right_password_only() {
    let mut board = two_tenants();
    assert_eq!(taken_for(ask_as(&mut board, &bell(), &request("Connect#1001", "bell,guess"), None)), "bell");
    let ready = request("MakeReady#1001", "");
    assert_eq!(taken_for(ask_as(&mut board, &acme(), &ready, None)), "acme");
    assert_eq!(refusal(ask_as(&mut board, &bell(), &ready, None)).0, Refusal::UnknownAgent);
    board.note(&agent("1001"), SessionChange::Owned("bell".into()));
    assert_eq!(taken_for(ask_as(&mut board, &bell(), &ready, None)), "bell");
    assert_eq!(refusal(ask_as(&mut board, &acme(), &ready, None)).0, Refusal::UnknownAgent);
}

#[test]
fn a_stream_is_for_its_own_principal() {
    let board = two_tenants();
    let watches = |who: &Principal, client: &str| board.may_watch(who, &client.into());
    assert!(watches(&acme(), "acme") && !watches(&bell(), "acme") && !watches(&bell(), "zulu"));
    assert!(watches(&anyone(), "acme") && watches(&acme(), "acme-not-there-yet"));
}

#[test]
fn a_principal_has_one_limit_for_all_its_destinations_and_strangers_have_one_each() {
    let refused_by = |who: &Principal| {
        let mut board = empty(None, 100).with_refused_passwords(2);
        let mut refused = 0;
        for (id, client) in [("1001", "crm-1"), ("1002", "crm-2"), ("1003", "crm-3")] {
            ask_as(&mut board, who, &request(&format!("Hello#{client}"), ""), None);
            let decided = board.request_attempt(&agent(id), &client.into(), id.into(), true);
            refused += usize::from(decided.unwrap().allowed.is_ok());
            let verdict = Verdict::Refused;
            let waited = board.note(&agent(id), SessionChange::Attempted { client: client.into(), verdict });
            assert_eq!(waited, []);
        }
        refused
    };
    let crm = Principal::new("crm", Destinations::new(["crm-*"]), [Right::Agent]);
    assert_eq!((refused_by(&crm), refused_by(&anyone())), (2, 3));
}

#[test]
fn an_agent_is_its_first_clients_and_then_the_one_whose_password_was_accepted() {
    let mut board = empty(None, 100);
    let is_owner = |board: &Switchboard, client: &str| {
        let client = ClientKey::from(client);
        board.is_owner(&agent("1001"), &client, &Party::of(&anyone(), &client))
    };
    assert!(is_owner(&board, "acme") && is_owner(&board, "bell"), "nobody has it");
    ask(&mut board, &with_callback(request("Connect#1001", "bell,demo")));
    assert!(!is_owner(&board, "acme") && is_owner(&board, "bell"));
    let (client, verdict) = (ClientKey::from("acme"), Verdict::Matched);
    assert_eq!(board.note(&agent("1001"), SessionChange::Attempted { client, verdict }), []);
    assert!(is_owner(&board, "acme"));
}
