//! Whatever the clock of the database says.

use futures_util::FutureExt;
use gc_group::{Group, Lead, Led, Standing, TTL, View};
use gc_store::Health;
use gc_store_postgres::testing::PASSWORD;

use super::{Connector, LEASE_OVER};
use crate::{
    proxy::Proxy,
    stage::{Subject, health, server, soon},
};

/// That would be two leaders until the first one renews its lease.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_lives_stays_the_leader_when_the_clock_of_the_database_is_set_forward() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let (one, two) = (Connector::join(&url, "one").await, Connector::join(&url, "two").await);
    let journal = one.leads().await;
    let subject = Subject::of(&journal);
    two.follows(&one).await;
    // More than one sign of life has to be seen, of both.
    let sees = async |name: &str| {
        one.membership.publish(Standing { sees: [name.to_owned()].into(), ..Standing::default() });
        let is_news = |view: &View| {
            let mut all = view.members.iter();
            all.any(|member| member.id == one.id && member.standing.sees.contains(name))
                .then(|| view.lead.clone())
        };
        two.sees(is_news).await
    };
    subject.append(&journal, "1").await;
    sees("before").await;
    let forward = "create function gc.early() returns trigger language plpgsql as $$ begin \
        new.expires_at = new.expires_at - interval '1 hour'; return new; end $$; \
        create trigger early before update on gc.store for each row execute function gc.early(); \
        create trigger early before update on gc.member for each row execute function gc.early(); \
        update gc.store set only_row = only_row; update gc.member set id = id";
    server.sql("gc", forward).unwrap();
    for number in 0..3 {
        let lead = sees(&number.to_string()).await;
        assert!(matches!(&lead, Lead::At(member) if member.id == one.id), "{lead:?}");
        assert!(two.membership.until_free().now_or_never().is_none(), "it is free");
        assert!(soon(two.membership.lead()).await.unwrap().is_none(), "two lead");
    }
    subject.append(&journal, "2").await;
}

/// By that clock alone its lease would last for another hour, and it would be there as long.
#[tokio::test(flavor = "multi_thread")]
async fn a_dead_leader_keeps_nobody_from_leading_when_the_clock_of_the_database_was_set_back() {
    let Some(server) = server(&[]) else { return };
    server.database("gc").unwrap();
    let proxy = Proxy::to(server.port()).await;
    let behind = format!("postgresql://postgres:{}@127.0.0.1:{}/gc", PASSWORD, proxy.port());
    let (one, two) = (Connector::join(&behind, "one").await, Connector::join(&server.url("gc"), "two").await);
    let Led { store: old, lease } = one.led().await;
    two.follows(&one).await;
    proxy.mute();
    // It writes nothing more, of which it could hear nothing.
    soon(lease.over()).await;
    for table in ["store", "member"] {
        server.sql("gc", &format!("update gc.{table} set expires_at = now() + interval '1 hour'")).unwrap();
    }
    let why = soon(two.membership.until_free()).await;
    let _new = two.leads().await;
    assert_eq!(why, "the lease of the one that led is over");
    assert_eq!(two.reasons(2).await, ["lease_over", "first"]);
    let vacant = two.membership.view().read(|view| view.takeovers[0].vacant);
    assert!(vacant >= Some(TTL), "{vacant:?}");
    two.sees(|view| (view.members.len() == 1).then_some(())).await;
    // It has not seen the dead one alive.
    let three = Connector::join(&server.url("gc"), "three").await;
    three.follows(&two).await;
    assert!(three.membership.view().read(|view| view.members.iter().all(|member| member.id != one.id)));
    proxy.cut();
    health(&old, |health| matches!(health, Health::Ended { .. })).await;
}

/// How long ago it has died, or whether it has, only the database's clock says, which may be wrong.
#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_was_over_before_a_connector_looked_first_is_waited_for_by_its_own_clock() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    drop(Connector::join(&url, "one").await);
    let dead = "update gc.store set holder = gen_random_uuid(), since = now(), expires_at = now() - interval '1 hour'";
    server.sql("gc", dead).unwrap();
    let begun = tokio::time::Instant::now();
    let two = Connector::join(&url, "two").await;
    assert_eq!(two.membership.view().read(|view| view.lead.clone()), Lead::Nobody);
    let _journal = two.leads().await;
    assert!(begun.elapsed() > TTL, "{:?}", begun.elapsed());
}

/// Its own address would lead a request back to it.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_was_killed_and_started_again_does_not_follow_itself() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let (before, two) = (Connector::join(&url, "one").await, Connector::join(&url, "two").await);
    let _killed = before.leads().await;
    two.follows(&before).await;
    let one = Connector::join(&url, "one").await;
    let lead = one.sees(|view| (view.members.len() == 3).then(|| view.lead.clone())).await;
    assert_eq!(lead, Lead::Nobody);
    assert!(one.membership.until_free().now_or_never().is_none(), "whether it has died is not known");
    server.sql("gc", LEASE_OVER).unwrap();
    let _journal = one.leads().await;
    two.follows(&one).await;
}
