//! Who has a place.

use super::*;

fn agent(id: &str) -> AgentKey {
    AgentKey::new("default".into(), id)
}

fn sent_by(client: &str, owner: bool) -> Sender {
    Sender {
        party: Party::Client(client.into()),
        client: client.into(),
        owner,
        command: "GetState".to_owned(),
    }
}

fn owner() -> Sender {
    sent_by("acme", true)
}

fn too_many(most: usize) -> SubmitError {
    SubmitError::TooMany { most, of: "agent" }
}

/// The client sends so many commands for the agent; those that have a place.
fn places(commands: &Arc<PendingCommands>, client: &str, id: &str, count: usize) -> Vec<Ticket> {
    let sender = || sent_by(client, client == "acme");
    let admit = |number| commands.admit(&agent(id), &format!("{client}-{number}").into(), sender()).ok();
    (0..count).filter_map(admit).collect()
}

#[test]
fn an_agent_has_so_many_pending_commands_and_no_two_of_a_name() {
    let commands = Arc::new(PendingCommands::new(2));
    let first = commands.admit(&agent("1001"), &"a".into(), owner()).unwrap();
    assert_eq!(commands.admit(&agent("1001"), &"a".into(), owner()).unwrap_err(), SubmitError::Repeated);
    let _second = commands.admit(&agent("1001"), &"b".into(), owner()).unwrap();
    assert_eq!(commands.admit(&agent("1001"), &"c".into(), owner()).unwrap_err(), too_many(2));
    let _of_another = commands.admit(&agent("1002"), &"a".into(), owner()).unwrap();
    assert_eq!(commands.count(), 3);
    drop(first);
    assert!(commands.admit(&agent("1001"), &"a".into(), owner()).is_ok());
}

#[test]
fn strangers_fill_neither_the_owners_places_nor_each_others() {
    let commands = Arc::new(PendingCommands::new(64));
    let bells = places(&commands, "bell", "1001", 99);
    let cashes = places(&commands, "cash", "1001", 99);
    let dusks = places(&commands, "dusk", "1001", 99);
    assert_eq!([bells.len(), cashes.len(), dusks.len()], [4, 4, 0]);
    let known = || Sender {
        party: Party::Principal("foxes".into()),
        client: "fox".into(),
        owner: false,
        command: String::new(),
    };
    let foxes = |number: usize| commands.admit(&agent("1001"), &number.to_string().into(), known());
    let taken: Vec<_> = (0..4).map(|number| foxes(number).expect("not counted with others")).collect();
    assert_eq!(foxes(5).unwrap_err(), too_many(4));
    drop(taken);
    let refused = commands.admit(&agent("1001"), &"e".into(), sent_by("echo", false));
    assert_eq!(refused.unwrap_err(), too_many(8));
    assert_eq!(places(&commands, "acme", "1001", 99).len(), 64);
    assert_eq!(places(&commands, "dusk", "1002", 99).len(), 4, "another agent has its own");
    let mut owners = places(&commands, "acme", "1001", 99);
    drop(bells);
    assert_eq!(places(&commands, "dusk", "1001", 99).len(), 4);
    owners.clear();
    drop(cashes);
    assert_eq!(commands.count(), 0);
    assert!(lock(&commands.pending).agents.is_empty() && lock(&commands.pending).parties.is_empty());
}

#[test]
fn clients_that_choose_the_same_id_do_not_meet() {
    let commands = Arc::new(PendingCommands::new(64));
    let admit = |name: &str| commands.admit(&agent("1001"), &"mine".into(), sent_by(name, name == "acme"));
    let (acmes, bells) = (admit("acme").unwrap(), admit("bell").unwrap());
    assert_ne!(acmes.command, bells.command);
    assert_eq!([acmes.command.as_str(), bells.command.as_str()], ["mine", "mine"]);
    for name in ["acme", "bell"] {
        assert_eq!(admit(name).unwrap_err(), SubmitError::Repeated);
    }
    drop(acmes);
    assert_eq!(admit("bell").unwrap_err(), SubmitError::Repeated);
    let again = admit("acme").unwrap();
    drop((bells, again));
    assert_eq!(commands.count(), 0);
    assert!(lock(&commands.pending).agents.is_empty());
}

#[test]
fn a_client_has_so_many_over_all_agents() {
    let commands = Arc::new(PendingCommands { of_party: 3, ..PendingCommands::new(64) });
    let mut acmes = places(&commands, "acme", "1001", 2);
    acmes.extend(places(&commands, "acme", "1002", 2));
    assert_eq!(acmes.len(), 3);
    let full = commands.admit(&agent("1003"), &"a".into(), owner()).unwrap_err();
    assert_eq!(full, SubmitError::TooMany { most: 3, of: "client" });
    let _bells = places(&commands, "bell", "1003", 1).pop().expect("another client has its own");
    acmes.pop();
    assert!(commands.admit(&agent("1003"), &"a".into(), owner()).is_ok());
}

#[tokio::test]
async fn after_closing_none_is_admitted_and_those_open_are_waited_for() {
    let commands = Arc::new(PendingCommands::new(9));
    let open = commands.admit(&agent("1001"), &"a".into(), owner()).unwrap();
    commands.close();
    assert_eq!(commands.admit(&agent("1001"), &"b".into(), owner()).unwrap_err(), SubmitError::Stopping);
    let wait = commands.wait();
    tokio::pin!(wait);
    assert!(futures_util::poll!(wait.as_mut()).is_pending());
    drop(open);
    wait.await;
    assert_eq!(commands.count(), 0);
}
