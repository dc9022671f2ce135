//! Who may do what.

use gc_access::{Principal, Right};
use gc_events::{ErrorCode, ErrorEvent};
use gc_protocol::{CommandName, Request};

use super::*;

mod clusters;
mod principals;
mod restarts;

impl Switchboard {
    fn decide_read(&self, who: &Principal, request: &Request, at: Option<&ClusterId>) -> Decision {
        self.decide(who, request, &request.command(), at)
    }
}

fn request(kind: &str, body: &str) -> Request {
    Request::from_json(format!(r#"{{"data":{{"type":"{kind}","body":"{body}"}}}}"#).as_bytes()).unwrap()
}

fn here() -> ClusterId {
    "default".into()
}

fn agent(id: &str) -> AgentKey {
    AgentKey::new(here(), id)
}

fn empty(licences: Option<usize>, max_clients: usize) -> Switchboard {
    let clusters = vec![ClusterBinding { cluster: here(), destinations: Vec::new() }];
    Switchboard::new(clusters, licences, max_clients)
}

/// What is decided is booked, as the engine does it.
fn ask(board: &mut Switchboard, request: &Request) -> Decision {
    ask_at(board, request, None)
}

fn ask_at(board: &mut Switchboard, request: &Request, at: Option<&str>) -> Decision {
    ask_as(board, &anyone(), request, at)
}

/// A caller of an open listener.
fn anyone() -> Principal {
    Principal::open([Right::Supervisor])
}

fn ask_as(board: &mut Switchboard, who: &Principal, request: &Request, at: Option<&str>) -> Decision {
    let at = at.map(ClusterId::from);
    let mut decision = board.decide_read(who, request, at.as_ref());
    if let Decision::Answered { permit, .. } | Decision::Agent { permit, .. } = &mut decision {
        board.commit(std::mem::take(permit));
    }
    decision
}

fn from_session(url: &str, mut request: Request) -> Request {
    request.session_url = Some(url.into());
    request
}

fn with_callback(mut request: Request) -> Request {
    request.callback = Some(gc_protocol::CallbackParts::default());
    request
}

/// A board in service where the client acme has connected agent 1001 from its session.
fn with_agent() -> Switchboard {
    let mut board = empty(Some(1), 100);
    board.service_changed(&here(), true);
    ask(&mut board, &from_session("https://acme/s", request("Hello#acme", "")));
    ask(&mut board, &from_session("https://acme/s", request("Connect#1001", "acme,demo")));
    board.note(&agent("1001"), SessionChange::Owned("acme".into()));
    board
}

fn refusal(decision: Decision) -> (Refusal, Option<String>) {
    match decision {
        Decision::Refused(Refused { reason, client, .. }) => {
            (reason, client.map(|client| client.to_string()))
        }
        other => panic!("{other:?}"),
    }
}

fn taken_for(decision: Decision) -> String {
    match decision {
        Decision::Agent { client, .. } => client.to_string(),
        other => panic!("{other:?}"),
    }
}

/// Clusters west and east; clients whose destination begins with east- are bound to east.
fn two_clusters() -> Switchboard {
    let binding = |cluster: &str, destinations: &[&str]| ClusterBinding {
        cluster: cluster.into(),
        destinations: destinations.iter().map(|each| (*each).to_owned()).collect(),
    };
    let mut board = Switchboard::new(vec![binding("west", &[]), binding("east", &["east-*"])], None, 100);
    for destination in ["crm", "east-crm"] {
        let hello = request(&format!("Hello#{destination}"), "");
        ask(&mut board, &from_session(&format!("https://{destination}/s"), hello));
        ask(&mut board, &request("Connect#1001", &format!("{destination},demo")));
    }
    board
}

fn cluster_of(decision: &Decision) -> &str {
    match decision {
        Decision::Agent { agent, .. } => agent.cluster().as_str(),
        other => panic!("{other:?}"),
    }
}

fn text(decision: Decision) -> String {
    message(decision, Refusal::WhichCluster)
}

fn message(decision: Decision, of: Refusal) -> String {
    error(decision, of).message
}

fn error(decision: Decision, of: Refusal) -> ErrorEvent {
    match decision {
        Decision::Refused(Refused { reason, event, .. }) if reason == of => match *event {
            Event::Error(error) => error,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn hello_makes_a_client_known_and_beat_asks_an_unknown_one_to_say_it() {
    let mut board = empty(None, 100);
    assert_eq!(refusal(ask(&mut board, &request("Beat#acme", ""))), (Refusal::UnknownClient, None));
    let hello = ask(&mut board, &request("Hello#acme", ""));
    assert!(matches!(hello, Decision::Answered { event, .. } if event == board.system_of(&here())));
    assert!(matches!(ask(&mut board, &request("Beat#acme", "")), Decision::Answered { .. }));
}

#[test]
fn every_client_hears_a_status_once_per_change() {
    let mut board = empty(None, 100);
    ask(&mut board, &request("Hello#acme", ""));
    ask(&mut board, &request("Hello#bell", ""));
    assert!(
        board.service_changed(&here(), false).is_empty(),
        "it is out of service until it is seen in service"
    );
    let notified = board.service_changed(&here(), true);
    assert_eq!(notified.iter().map(|(client, _)| client.as_str()).collect::<Vec<_>>(), ["acme", "bell"]);
    assert!(board.service_changed(&here(), true).is_empty());
    assert_eq!(board.service_changed(&here(), false).len(), 2);
}

#[test]
fn connect_makes_its_client_known_only_with_a_callback() {
    let mut board = empty(None, 100);
    let connect = || request("Connect#1001", "acme,demo");
    assert_eq!(refusal(ask(&mut board, &connect())).0, Refusal::UnknownClient);
    assert_eq!(taken_for(ask(&mut board, &with_callback(connect()))), "acme");
    assert_eq!(taken_for(ask(&mut board, &connect())), "acme");
}

#[test]
fn a_connect_that_cannot_be_read_is_an_event_for_the_session_that_sent_it() {
    let mut board = with_agent();
    let connect = || request("Connect#1001", "acme");
    assert_eq!(refusal(ask(&mut board, &connect())), (Refusal::BadArguments, None));
    let decision = ask(&mut board, &from_session("https://acme/s", connect()));
    let Decision::Denied { client, event: Event::Error(error) } = decision else { panic!("{decision:?}") };
    assert_eq!((client.as_str(), error.code), ("acme", ErrorCode::MissingPassword));
}

#[test]
fn commands_are_taken_from_the_owner_only() {
    let mut board = with_agent();
    let ready = || request("MakeReady#1001", "");
    assert_eq!(taken_for(ask(&mut board, &from_session("https://acme/s", ready()))), "acme");
    assert_eq!(
        taken_for(ask(&mut board, &ready())),
        "acme",
        "a session that is not named may be the owner's"
    );
    ask(&mut board, &from_session("https://bell/s", request("Hello#bell", "")));
    let refused = refusal(ask(&mut board, &from_session("https://bell/s", ready())));
    assert_eq!(refused, (Refusal::NotOwner, Some("bell".into())));
}

#[test]
fn an_owner_without_a_session_is_not_distinguished() {
    let mut board = empty(None, 100);
    ask(&mut board, &with_callback(request("Connect#1001", "acme,demo")));
    assert_eq!(
        taken_for(ask(&mut board, &from_session("https://any/s", request("GetState#1001", "")))),
        "acme"
    );
}

#[test]
fn an_unknown_agent_has_to_connect_and_the_session_that_asks_hears_it() {
    let mut board = with_agent();
    let refused = refusal(ask(&mut board, &from_session("https://acme/s", request("GetState#1002", ""))));
    assert_eq!(refused, (Refusal::UnknownAgent, Some("acme".into())));
    assert_eq!(refusal(ask(&mut board, &request("GetState#1002", ""))), (Refusal::UnknownAgent, None));
    board.note(&agent("1001"), SessionChange::Forgotten);
    assert_eq!(refusal(ask(&mut board, &request("GetState#1001", ""))).0, Refusal::UnknownAgent);
}

#[test]
fn an_agent_is_its_owners_until_somebody_else_has_connected() {
    let mut board = with_agent();
    ask(&mut board, &from_session("https://bell/s", request("Hello#bell", "")));
    ask(&mut board, &from_session("https://bell/s", request("Connect#1001", "bell,guess")));
    let ready = || request("MakeReady#1001", "");
    assert_eq!(taken_for(ask(&mut board, &from_session("https://acme/s", ready()))), "acme");
    board.note(&agent("1001"), SessionChange::Owned("bell".into()));
    assert_eq!(refusal(ask(&mut board, &from_session("https://acme/s", ready()))).0, Refusal::NotOwner);
    assert_eq!(taken_for(ask(&mut board, &from_session("https://bell/s", ready()))), "bell");
}

#[test]
fn the_licence_counts_agents_that_are_signed_in() {
    let mut board = with_agent();
    ask(&mut board, &request("Connect#1002", "acme,demo"));
    board.note(&agent("1001"), SessionChange::SignedIn(true));
    let login = |agent: &str| request(&format!("Login#{agent}"), "demo,2002");
    let Decision::Denied { event: Event::Error(error), .. } = ask(&mut board, &login("1002")) else {
        panic!("there is no licence left")
    };
    assert_eq!(error.code, ErrorCode::LicensesExceeded);
    assert_eq!(taken_for(ask(&mut board, &login("1001"))), "acme", "who is signed in has one");
    assert_eq!(taken_for(ask(&mut board, &request("GetState#1002", ""))), "acme");
    board.note(&agent("1001"), SessionChange::SignedIn(false));
    assert_eq!(taken_for(ask(&mut board, &login("1002"))), "acme");
}

#[test]
fn a_session_url_is_kept_and_given_back() {
    let mut board = with_agent();
    ask(&mut board, &request("Hello#acme", ""));
    assert_eq!(board.session_url(&"acme".into()), Some("https://acme/s"));
    assert_eq!(board.session_url(&"bell".into()), None);
}

#[test]
fn a_client_is_found_by_its_present_session_only() {
    let mut board = with_agent();
    ask(&mut board, &from_session("https://acme/other", request("Hello#acme", "")));
    // A refusal is reported to the client that asks, if it is known.
    let asks = |board: &mut Switchboard, url: &str| {
        refusal(ask(board, &from_session(url, request("GetState#1002", "")))).1
    };
    assert_eq!(asks(&mut board, "https://acme/s"), None);
    assert_eq!(asks(&mut board, "https://acme/other").as_deref(), Some("acme"));
}

#[test]
fn a_supervisors_command_for_a_member_goes_to_the_supervisor_of_the_one_who_asks() {
    let mut board = with_agent();
    let for_1002 = |url: &str| from_session(url, request("MakeNotReady#1002", ""));
    assert!(matches!(ask(&mut board, &for_1002("https://acme/s")), Decision::Refused(_)));
    board.note(&agent("1001"), SessionChange::Supervises(Vec::new()));
    let taken = ask(&mut board, &for_1002("https://acme/s"));
    assert!(
        matches!(&taken, Decision::Member { supervisor, .. } if supervisor.agent() == "1001"),
        "{taken:?}"
    );
    // Without a session only a team that lists the member shows who asks.
    assert!(matches!(ask(&mut board, &request("MakeNotReady#1002", "")), Decision::Refused(_)));
    board.note(&agent("1001"), SessionChange::Supervises(vec!["1002".into()]));
    assert!(matches!(ask(&mut board, &request("MakeNotReady#1002", "")), Decision::Member { .. }));
    // Other commands are the member's own.
    assert!(matches!(ask(&mut board, &request("GetState#1002", "")), Decision::Refused(_)));
    board.note(&agent("1001"), SessionChange::Forgotten);
    assert!(matches!(ask(&mut board, &request("MakeNotReady#1002", "")), Decision::Refused(_)));
}

#[test]
fn a_stranger_does_not_command_a_member_through_somebody_elses_supervisor() {
    let mut board = with_agent();
    board.note(&agent("1001"), SessionChange::Supervises(vec!["1002".into()]));
    let ready = || request("MakeReady#1002", "");
    for stranger in ["https://nobody/s", "https://bell/s"] {
        let refused = refusal(ask(&mut board, &from_session(stranger, ready())));
        assert_eq!(refused, (Refusal::NotOwner, None), "{stranger}");
    }
    ask(&mut board, &from_session("https://bell/s", request("Hello#bell", "")));
    let refused = refusal(ask(&mut board, &from_session("https://bell/s", ready())));
    assert_eq!(refused, (Refusal::NotOwner, Some("bell".into())));
    // The agent may be its own, whose session is over.
    let text = message(ask(&mut board, &from_session("https://bell/s", ready())), Refusal::NotOwner);
    assert!(text.contains("1002 is not connected by this client") && text.contains("log in"), "{text}");
}

#[test]
fn a_member_is_commanded_without_a_session_only_where_one_client_can_be_meant() {
    let mut board = with_agent();
    board.note(&agent("1001"), SessionChange::Supervises(vec!["1002".into()]));
    let ready = || request("MakeReady#1002", "");
    assert!(
        matches!(ask(&mut board, &ready()), Decision::Member { client, .. } if client.as_str() == "acme")
    );
    ask(&mut board, &with_callback(request("Connect#1091", "bell,demo")));
    board.note(&agent("1091"), SessionChange::Supervises(vec!["1002".into()]));
    assert_eq!(refusal(ask(&mut board, &ready())), (Refusal::NotOwner, None));
    assert!(message(ask(&mut board, &ready()), Refusal::NotOwner).contains("Send the sessionUrl"));
    let acme = ask(&mut board, &from_session("https://acme/s", ready()));
    assert!(matches!(acme, Decision::Member { supervisor, .. } if supervisor.agent() == "1001"));
}

#[test]
fn a_supervisor_is_found_behind_a_session_that_two_clients_share() {
    let mut board = with_agent();
    ask(&mut board, &from_session("https://acme/s", request("Hello#abel", "")));
    board.note(&agent("1001"), SessionChange::Supervises(vec!["1002".into()]));
    let ready = from_session("https://acme/s", request("MakeReady#1002", ""));
    assert!(matches!(ask(&mut board, &ready), Decision::Member { client, .. } if client.as_str() == "acme"));
}

#[test]
fn one_client_too_many_is_refused_and_those_who_are_there_are_not() {
    let mut board = empty(None, 2);
    ask(&mut board, &request("Hello#one", ""));
    ask(&mut board, &with_callback(request("Connect#1001", "two,demo")));
    let refused =
        |decision| matches!(decision, Decision::Refused(Refused { reason: Refusal::TooManyClients, .. }));
    assert!(refused(ask(&mut board, &request("Hello#three", ""))));
    assert!(refused(ask(&mut board, &with_callback(request("Connect#1002", "three,demo")))));
    assert!(!refused(ask(&mut board, &request("Hello#one", ""))));
}

#[test]
fn two_logins_at_once_do_not_both_take_the_last_licence() {
    let mut board = with_agent();
    ask(&mut board, &from_session("https://acme/s", request("Connect#1002", "acme,demo")));
    let login = |agent: &str| from_session("https://acme/s", request(&format!("Login#{agent}"), "demo,2001"));
    assert!(matches!(ask(&mut board, &login("1001")), Decision::Agent { .. }));
    assert!(matches!(ask(&mut board, &login("1002")), Decision::Denied { .. }));
    // One that cannot be read takes none.
    assert!(matches!(
        ask(&mut board, &from_session("https://acme/s", request("Login#1002", ""))),
        Decision::Agent { .. }
    ));
    // It failed: the licence is free again.
    board.note(&agent("1001"), SessionChange::SignedIn(false));
    assert!(matches!(ask(&mut board, &login("1002")), Decision::Agent { .. }));
}

#[test]
fn a_permit_that_is_not_committed_books_nothing() {
    let mut board = with_agent();
    ask(&mut board, &from_session("https://acme/s", request("Connect#1002", "acme,demo")));
    let login = |id: &str| request(&format!("Login#{id}"), "demo,2001");
    // Turned away between: too many commands of the agent are pending.
    drop(board.decide_read(&anyone(), &login("1001"), None));
    drop(board.decide_read(&anyone(), &request("Hello#zulu", ""), None));
    assert!(matches!(ask(&mut board, &login("1002")), Decision::Agent { .. }), "the licence is free");
    assert!(matches!(ask(&mut board, &request("Beat#zulu", "")), Decision::Refused(_)));
}

#[test]
fn a_client_is_forgotten_with_its_session_unless_an_agent_of_it_is_there() {
    let mut board = with_agent();
    let acme = ClientKey::from("acme");
    assert!(!board.forget(&acme));
    assert_eq!(board.agents_by_client(), BTreeMap::from([(&acme, 1)]));
    board.note(&agent("1001"), SessionChange::Forgotten);
    assert!(board.forget(&acme) && board.forget(&acme));
    assert!(matches!(ask(&mut board, &request("Beat#acme", "")), Decision::Refused(_)));
    // Its session is nobody's: another client that gives it is the only one.
    assert_eq!(board.session_url(&acme), None);
    ask(&mut board, &from_session("https://acme/s", request("Hello#bell", "")));
    assert_eq!(board.by_session_url["https://acme/s"].len(), 1);
}
