//! Several connectors on one store: one leads, the others follow it.

mod clocks;
mod history;
mod locks;

use std::{collections::BTreeSet, sync::Arc, thread};

use gc_environment::{Environment, RealEnvironment};
use gc_group::{Group, Lead, Led, Member, Standing, TakeoverReason, View};
use gc_store::{Bounds, Health, Journal, StoreBounds};
use gc_store_postgres::Membership;
use tokio::time::Instant;

use crate::{
    proxy::Proxy,
    stage::{
        LONGEST, Subject, address, compiled, explaining_server, health, journal, numbered, server, soon,
    },
};

struct Connector {
    membership: Membership,
    id: uuid::Uuid,
}

impl Connector {
    async fn join(url: &str, name: &str) -> Self {
        let me = Member::new(RealEnvironment.id(), format!("https://{name}.example:8114"), "1.2.3");
        let id = me.id;
        let joined = Membership::join(address(url), me, bounds(), Arc::new(RealEnvironment));
        let membership = soon(joined).await.unwrap();
        Self { membership, id }
    }

    async fn leads(&self) -> Arc<dyn Journal> {
        self.led().await.store
    }

    async fn led(&self) -> Led<Arc<dyn Journal>> {
        soon(self.membership.until_free()).await;
        soon(self.membership.lead()).await.unwrap().expect("another one was first")
    }

    /// Releases what it leads with, and goes on as one that follows.
    async fn lets_go(&self, journal: &Arc<dyn Journal>) {
        soon(journal.release()).await;
        // It is not held any more, and nothing of it is undone.
        soon(self.membership.give_back()).await;
    }

    /// The names of the last takeovers' reasons, the newest first, once there are so many.
    async fn reasons(&self, count: usize) -> Vec<String> {
        let names = |view: &View| {
            view.takeovers.iter().map(|takeover| takeover.reason.name().to_owned()).collect::<Vec<_>>()
        };
        self.sees(|view| (view.takeovers.len() == count).then(|| names(view))).await
    }

    /// Waits until it sees this.
    async fn sees<R>(&self, what: impl Fn(&View) -> Option<R>) -> R {
        soon(self.membership.view().until(what)).await
    }

    /// Waits until it follows this one.
    async fn follows(&self, other: &Self) {
        self.sees(|view| match &view.lead {
            Lead::At(member) => (member.id == other.id).then_some(()),
            Lead::Here | Lead::Nobody => None,
        })
        .await;
    }
}

/// What 15 s without a renewal would do, for nobody to wait.
const LEASE_OVER: &str = "update gc.store set left_by = holder, left_at = greatest(since, now() - interval '15 s'), \
    left_for = 'lease_over', holder = null where holder is not null";

fn bounds() -> StoreBounds {
    Bounds::default().into()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_leads_the_other_follows_and_goes_on_when_the_store_is_released() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let (one, two) = (Connector::join(&url, "one").await, Connector::join(&url, "two").await);
    let journal = one.leads().await;
    let shown = one.membership.view().read(View::clone);
    assert!(shown.lead == Lead::Here && shown.since.is_some() && shown.takeovers.len() == 1, "{shown:?}");
    two.follows(&one).await;
    let members = two.sees(|view| (view.members.len() == 2).then(|| view.members.clone())).await;
    let first = members.iter().find(|member| member.id == one.id).unwrap();
    assert_eq!((&*first.url, &*first.version), ("https://one.example:8114", "1.2.3"));
    let age = RealEnvironment.now().duration_since(first.started).unwrap_or_default();
    assert!(age.as_secs() < 600, "{age:?}");
    let subject = Subject::of(&journal);
    subject.append(&journal, "1").await;
    assert!(soon(two.membership.lead()).await.unwrap().is_none(), "two lead");

    soon(journal.release()).await;
    assert!(soon(journal.append(subject.batch("late"))).await.is_err());
    let journal = two.leads().await;
    let after = Subject::of(&journal);
    assert_eq!((after.outbox.epoch(), after.held().await), (subject.outbox.epoch(), numbered(&["1"])));
    one.follows(&two).await;
    one.membership.leave().await;
    two.sees(|view| (view.members.len() == 1 && view.lead == Lead::Here).then_some(())).await;
}

/// As of a connector without a group (`conforms.rs`). These look at the group twice a second.
#[tokio::test(flavor = "multi_thread")]
async fn no_statement_of_a_group_is_compiled() {
    let Some(server) = explaining_server() else { return };
    let url = server.database("gc").unwrap();
    let (one, two) = (Connector::join(&url, "one").await, Connector::join(&url, "two").await);
    let journal = one.leads().await;
    two.follows(&one).await;
    one.lets_go(&journal).await;
    let _leading = two.leads().await;
    one.follows(&two).await;
    one.membership.leave().await;
    let statements =
        ["from gc.member", "left join gc.member", "gc.takeover order by", "insert into gc.takeover"];
    assert_eq!(compiled(&server, &statements), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_whose_store_was_taken_notices_it_and_follows() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let (one, two) = (Connector::join(&url, "one").await, Connector::join(&url, "two").await);
    let old = one.leads().await;
    two.follows(&one).await;
    server.sql("gc", LEASE_OVER).unwrap();
    let new = two.leads().await;
    let over = health(&old, |health| matches!(health, Health::Ended { .. })).await;
    assert!(format!("{over:?}").contains("another connector has taken the store"), "{over:?}");
    one.follows(&two).await;
    let subject = Subject::of(&new);
    subject.append(&new, "1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_try_at_once_one_leads() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let mut all = Vec::new();
    for number in 0..6 {
        all.push(Connector::join(&url, &format!("gc-{number}")).await);
    }
    let tries = all.iter().map(|connector| connector.membership.lead());
    let results = soon(futures_util::future::join_all(tries)).await;
    let results: Vec<_> = results.into_iter().map(Result::unwrap).collect();
    let place = results.iter().position(Option::is_some).unwrap();
    for (number, result) in results.iter().enumerate().filter(|(number, _)| *number != place) {
        assert!(result.is_none(), "{number} leads beside {place}");
        all[number].follows(&all[place]).await;
    }
}

/// They look for the schema before they wait for each other.
#[tokio::test(flavor = "multi_thread")]
async fn many_that_join_at_once_find_or_make_the_schema_of_an_empty_database() {
    let Some(server) = server(&[]) else { return };
    for number in 0..12 {
        let url = server.database(&format!("gc_{number}")).unwrap();
        // One may have the schema, and nothing in it.
        if number % 3 == 2 {
            server.sql(&format!("gc_{number}"), "create schema gc").unwrap();
        }
        let joins: Vec<_> = (0..6)
            .map(|_| {
                let url = url.clone();
                tokio::spawn(async move { Connector::join(&url, "gc").await })
            })
            .collect();
        for joined in soon(futures_util::future::join_all(joins)).await {
            joined.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_commit_renews_the_lease_from_before_it_was_sent() {
    let Some(server) = server(&[]) else { return };
    let journal = journal(&server.database("gc").unwrap());
    let (lease, subject) = (journal.lease(), Subject::of(&journal));
    let before = lease.left();
    subject.append(&journal, "1").await;
    let after = lease.left();
    assert!(after > before && after < gc_group::TTL - gc_group::MARGIN, "{before:?} {after:?}");
}

/// What is read when the store is taken may be much.
#[tokio::test(flavor = "multi_thread")]
async fn the_lease_is_renewed_while_the_store_is_read() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    drop(journal(&url));
    thread::scope(|scope| {
        let lock = "begin; lock table gc.event in access exclusive mode; select pg_sleep(600)";
        // It is ended before it wakes.
        scope.spawn(|| server.sql("gc", lock).unwrap_err());
        let locked = "select count(*) from pg_locks where relation = 'gc.event'::regclass and granted";
        while server.sql("gc", locked).unwrap() == "0" {}
        let opening = scope.spawn(|| journal(&url));
        let ends = || server.sql("gc", "select expires_at from gc.store where holder is not null").unwrap();
        let mut seen = BTreeSet::new();
        let begun = Instant::now();
        // When it was taken, and later.
        let is_renewed = |seen: &BTreeSet<String>| seen.iter().filter(|ends| !ends.is_empty()).count() > 1;
        while !is_renewed(&seen) && begun.elapsed() < LONGEST {
            seen.insert(ends());
        }
        server.sql("gc", "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(600)' and pid <> pg_backend_pid()").unwrap();
        opening.join().unwrap();
        assert!(is_renewed(&seen), "{seen:?}");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn each_member_renews_its_row() {
    let Some(server) = server(&[]) else { return };
    let one = Connector::join(&server.database("gc").unwrap(), "one").await;
    let ends = || server.sql("gc", "select expires_at from gc.member").unwrap();
    let (first, begun) = (ends(), Instant::now());
    while ends() == first {
        assert!(begun.elapsed() < LONGEST, "it is not renewed");
    }
    one.sees(|view| (view.members.len() == 1).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_group_is_seen_again_when_the_database_is_back() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    server.crash().unwrap();
    let one = Connector::join(&url, "one").await;
    server.up().unwrap();
    let journal = one.leads().await;
    let two = Connector::join(&url, "two").await;
    two.follows(&one).await;
    server.crash().unwrap();
    server.up().unwrap();
    let subject = Subject::of(&journal);
    subject.append(&journal, "1").await;
    two.sees(|view| (view.members.len() == 2).then_some(())).await;
    let error = Membership::join(
        address(&server.url("nowhere")),
        Member::new(one.id, "", ""),
        bounds(),
        Arc::new(RealEnvironment),
    );
    let error = soon(error).await.err().unwrap();
    assert!(!error.may_pass() && error.to_string().contains("does not exist"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_that_was_cut_off_takes_the_store_once_it_sees_it_again() {
    let Some(server) = server(&[]) else { return };
    server.database("gc").unwrap();
    let proxy = Proxy::to(server.port()).await;
    let behind = format!(
        "postgresql://postgres:{}@127.0.0.1:{}/gc",
        gc_store_postgres::testing::PASSWORD,
        proxy.port()
    );
    let (one, two) = (Connector::join(&server.url("gc"), "one").await, Connector::join(&behind, "two").await);
    let journal = one.leads().await;
    two.follows(&one).await;
    proxy.mute();
    soon(journal.release()).await;
    proxy.cut();
    let _journal = two.leads().await;
    one.follows(&two).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_member_sees_is_known_to_the_others_and_moves_the_lead_once_in_a_while() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let (one, two) = (Connector::join(&url, "one").await, Connector::join(&url, "two").await);
    let _journal = one.leads().await;
    let standing = Standing { sees: ["west".to_owned()].into(), sessions: 7, ..Standing::default() };
    two.membership.publish(standing.clone());
    let nothing = Standing::default();
    let seen =
        |view: &View| view.better_than(one.id, &nothing).map(|member| (member.id, member.standing.clone()));
    assert_eq!(one.sees(seen).await, (two.id, standing.clone()));
    two.membership.publish(Standing { is_unreachable: true, ..standing });
    let is_shut = |view: &View| {
        let mut all = view.members.iter();
        all.any(|member| member.id == two.id && member.standing.is_unreachable).then_some(())
    };
    one.sees(is_shut).await;
    let hands_over = async |connector: &Connector| {
        soon(connector.membership.hand_over(TakeoverReason::SawLess)).await.unwrap()
    };
    assert!(!hands_over(&two).await, "it has no lead to leave");
    assert!(hands_over(&one).await);
    assert!(!hands_over(&one).await, "it has just done so");
    server.sql("gc", "update gc.store set handed_over = now() - interval '301 s'").unwrap();
    assert!(hands_over(&one).await);
}

/// It was suspended, or cut off, until shortly before the others may take over.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_hears_of_the_database_too_late_does_not_put_off_the_next_one() {
    let Some(server) = server(&[]) else { return };
    server.database("gc").unwrap();
    let proxy = Proxy::to(server.port()).await;
    let behind = format!(
        "postgresql://postgres:{}@127.0.0.1:{}/gc",
        gc_store_postgres::testing::PASSWORD,
        proxy.port()
    );
    let one = Connector::join(&behind, "one").await;
    let Led { store: journal, lease } = one.led().await;
    let subject = Subject::of(&journal);
    proxy.mute();
    soon(lease.over()).await;
    let ends = || server.sql("gc", "select s.expires_at, m.expires_at from gc.store s, gc.member m").unwrap();
    let before = ends();
    proxy.cut();
    let late = soon(journal.append(subject.batch("late"))).await;
    assert!(late.is_err(), "{late:?}");
    let over = health(&journal, |health| matches!(health, Health::Ended { .. })).await;
    assert!(format!("{over:?}").contains("has acknowledged nothing in time"), "{over:?}");
    one.sees(|view| (*view == View::unknown()).then_some(())).await;
    assert_eq!(ends(), before, "it was renewed");
    let _two = Connector::join(&server.url("gc"), "two").await.leads().await;
}

/// It was suspended between two writes to its socket: its transaction has the row of the store, and its system answers for it. The
/// lease takes its 15 s, since nobody else can write to the row.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_hangs_in_the_middle_of_a_transaction_keeps_nobody_from_taking_the_store() {
    let Some(server) = server(&[]) else { return };
    server.database("gc").unwrap();
    let proxy = Proxy::to(server.port()).await;
    let behind = format!(
        "postgresql://postgres:{}@127.0.0.1:{}/gc",
        gc_store_postgres::testing::PASSWORD,
        proxy.port()
    );
    let (one, two) = (Connector::join(&behind, "one").await, Connector::join(&server.url("gc"), "two").await);
    let old = one.leads().await;
    let subject = Subject::of(&old);
    subject.append(&old, "1").await;
    proxy.stick();
    let _waiting = old.append(subject.batch(&"2".repeat(200_000)));
    let holds = "select count(*) from pg_locks join pg_stat_activity using (pid) where relation = 'gc.store'::regclass \
        and mode = 'RowExclusiveLock' and now() - xact_start > interval '2 s'";
    let begun = Instant::now();
    while server.sql("gc", holds).unwrap() == "0" {
        assert!(begun.elapsed() < LONGEST, "it does not hang");
    }
    let new = two.leads().await;
    assert_eq!(Subject::of(&new).held().await, numbered(&["1"]));
    proxy.cut();
}
