//! Rules of what is kept besides the outboxes.

use std::sync::Arc;

use gc_ids::{AgentKey, ClusterId};

use super::{
    Rule,
    stage::{Subject, ensure, good, numbered, refused},
};
use crate::{
    Batch, Change, ClientKey, ClientRecord, CommandRecord, Journal, JournalError, Kept, Sealed, SessionRecord,
};

/// The rules in this file.
pub(super) const RULES: &[Rule] = &[
    ("what is kept is what the changes leave", |j| Box::pin(changes(j))),
    ("a command is known by its agent, its client and its id", |j| Box::pin(same_ids(j))),
    ("changes are kept with the records of their batch, or not at all", |j| Box::pin(together(j))),
    ("a forgotten client is not kept", |j| Box::pin(forgetting(j))),
];

fn client(name: &str, session_url: Option<&str>) -> ClientRecord {
    ClientRecord {
        client: ClientKey::from(name),
        cluster: ClusterId::from("default"),
        callback: Some("http://crm.example/events".to_owned()),
        from_loopback: false,
        session_url: session_url.map(str::to_owned),
        principal: Some("crm".to_owned()),
    }
}

fn session(agent: &str, state: &str) -> SessionRecord {
    let sealed = Sealed { key: "2026".to_owned(), text: "AAAA".to_owned() };
    SessionRecord {
        agent: AgentKey::new(ClusterId::from("default"), agent),
        owner: ClientKey::from("a"),
        password: Some(sealed),
        state: state.to_owned(),
    }
}

pub(crate) fn command(id: &str) -> CommandRecord {
    CommandRecord {
        id: id.into(),
        client: ClientKey::from("a"),
        agent: AgentKey::new(ClusterId::from("default"), "1001"),
        name: "MakeCall".to_owned(),
    }
}

async fn changes(journal: Arc<dyn Journal>) -> Result<(), String> {
    let nothing = good(journal.kept()).await?;
    ensure!(nothing == Kept::default(), "in an empty journal there is {nothing:?}");
    let first = [
        Change::Client(client("a", None)),
        Change::Session(session("1001", "{}")),
        Change::Session(session("1002", "{}")),
        Change::Command(command("c-1")),
        Change::Command(command("c-2")),
    ];
    let second = [
        Change::Client(client("a", Some("https://crm.example/s"))),
        Change::Session(session("1001", "{\"x\":\"früh\\u0000\"}")),
        Change::SessionOver(session("1002", "").agent),
        Change::CommandOver(command("c-1").key()),
        Change::CommandOver(command("never there").key()),
        Change::Command(command("c-3")),
        Change::CommandOver(command("c-3").key()),
        Change::Alive(1_790_000_000),
        Change::Alive(1_790_000_010),
    ];
    let mut expected = Kept::default();
    for batch in [first.to_vec(), second.to_vec()] {
        batch.iter().cloned().for_each(|change| expected.apply(change));
        good(journal.append(Batch::default().with(batch))).await?;
        let kept = good(journal.kept()).await?;
        ensure!(kept == expected, "there is {kept:?}, not {expected:?}");
    }
    Ok(())
}

/// Clients know nothing of each other, so they choose the same ids.
async fn same_ids(journal: Arc<dyn Journal>) -> Result<(), String> {
    let own = command("c-1");
    let of_another = CommandRecord { client: ClientKey::from("b"), ..own.clone() };
    let at_another =
        CommandRecord { agent: AgentKey::new(ClusterId::from("default"), "1002"), ..own.clone() };
    let all = [own.clone(), of_another.clone(), at_another.clone()];
    good(journal.append(Batch::default().with(all.map(Change::Command)))).await?;
    // What distinguishes it from others of the same text while it is pending is another number after a restart.
    let restored = CommandRecord { id: own.id.twin(1), ..own };
    good(journal.append(Change::CommandOver(restored.key()).into())).await?;
    let kept = good(journal.kept()).await?;
    let left: Vec<_> = kept.commands.into_values().collect();
    ensure!(left == [of_another, at_another], "{left:?}");
    Ok(())
}

async fn together(journal: Arc<dyn Journal>) -> Result<(), String> {
    let (a, gone) = (Subject::open(&*journal, "a"), Subject::open(&*journal, "gone"));
    good(journal.forget(&gone.client)).await?;
    let refused_batch = Batch::from_iter([a.record("lost"), gone.record("lost")]);
    let change = || Change::Session(session("1001", "{}"));
    let expected = |error: &JournalError| matches!(error, JournalError::NoOutbox(_));
    refused(journal.append(refused_batch.with([change()])), expected).await?;
    let kept = good(journal.kept()).await?;
    ensure!(kept == Kept::default(), "a refused batch left {kept:?}");
    good(journal.append(Batch::from_iter([a.record("1")]).with([change()]))).await?;
    let (bodies, kept) = (a.bodies().await?, good(journal.kept()).await?);
    ensure!(bodies == numbered(&["1"]) && kept.sessions.len() == 1, "{bodies:?}, {kept:?}");
    Ok(())
}

async fn forgetting(journal: Arc<dyn Journal>) -> Result<(), String> {
    let a = Subject::open(&*journal, "a");
    let both = [Change::Client(client("a", None)), Change::Client(client("b", None))];
    good(journal.append(Batch::default().with(both))).await?;
    good(journal.forget(&a.client)).await?;
    let kept = good(journal.kept()).await?;
    ensure!(kept.clients.keys().map(ClientKey::as_str).eq(["b"]), "{kept:?}");

    // What it leaves goes with it, also what is handed over at the same moment; what is another's stays.
    let of_b = SessionRecord { owner: ClientKey::from("b"), ..session("1003", "{}") };
    let command_of_b = CommandRecord { client: ClientKey::from("b"), ..command("c-1") };
    let before = [
        Change::Session(session("1001", "{}")),
        Change::Session(session("1003", "{}")),
        Change::Command(command("c-1")),
    ];
    good(journal.append(Batch::default().with(before))).await?;
    let together = [
        Change::Session(session("1002", "{}")),
        Change::Session(of_b.clone()),
        Change::Command(command("c-2")),
        Change::Command(command_of_b.clone()),
    ];
    let appended = journal.append(Batch::default().with(together));
    let forgotten = journal.forget(&a.client);
    good(appended).await?;
    good(forgotten).await?;
    let kept = good(journal.kept()).await?;
    ensure!(kept.sessions.into_values().collect::<Vec<_>>() == [of_b], "sessions are left");
    ensure!(kept.commands.into_values().collect::<Vec<_>>() == [command_of_b], "commands are left");
    Ok(())
}
