//! What a group keeps of its past: who has led, and who was there.

use futures_util::future::join;
use gc_group::{Group, TAKEOVERS, TakeoverReason, View};
use tokio::time::Instant;
use tokio_postgres::{Client, NoTls};

use super::{Connector, LEASE_OVER};
use crate::stage::{LONGEST, Subject, server, soon};

/// Of each of them the next leader's transaction writes a row.
#[tokio::test(flavor = "multi_thread")]
async fn who_has_led_until_when_and_why_it_ended_is_known_to_each_member() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let one = Connector::join(&url, "one").await;
    let first = one.leads().await;
    assert_eq!(one.reasons(1).await, ["first"]);
    // Stopped politely.
    one.lets_go(&first).await;
    let two = Connector::join(&url, "two").await;
    let second = two.leads().await;
    assert_eq!(one.reasons(2).await, ["left", "first"]);
    // Handed over.
    assert!(soon(two.membership.hand_over(TakeoverReason::SawLess)).await.unwrap());
    two.lets_go(&second).await;
    let third = one.leads().await;
    assert_eq!(two.reasons(3).await, ["saw_less", "left", "first"]);
    // Killed.
    server.sql("gc", LEASE_OVER).unwrap();
    let _fourth = two.leads().await;
    assert_eq!(two.reasons(4).await, ["lease_over", "saw_less", "left", "first"]);
    drop(third);
    let takeovers = two.membership.view().read(|view| view.takeovers.clone());
    let origin =
        |connector: &Connector, name: &str| (connector.id, Some(format!("https://{name}.example:8114")));
    let (of_one, of_two) = (origin(&one, "one"), origin(&two, "two"));
    let (from, to): (Vec<_>, Vec<_>) = takeovers
        .iter()
        .map(|takeover| {
            let from = takeover.from.clone().map(|from| (from.id, from.url));
            (from, (takeover.to.id, takeover.to.url.clone()))
        })
        .unzip();
    let (a, b) = (of_one.clone(), of_two.clone());
    assert_eq!(to, [b.clone(), a.clone(), b.clone(), a.clone()]);
    assert_eq!(from, [Some(a.clone()), Some(b), Some(a), None]);
    let vacant: Vec<_> = takeovers.iter().map(|takeover| takeover.vacant).collect();
    assert!(vacant[..3].iter().all(|vacant| vacant.is_some_and(|vacant| vacant < LONGEST)), "{vacant:?}");
    assert_eq!(vacant[3], None);
    assert!(takeovers.is_sorted_by(|one, next| one.at > next.at));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_takeovers_the_last_ones_are_kept_and_one_that_could_not_be_used_leaves_no_trace() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    soon(Connector::join(&url, "one").await.leads().await.release()).await;
    let more = "insert into gc.takeover select number + 1, now(), gen_random_uuid(), null, null, null, 'left', null \
        from generate_series(1, 150) number";
    server.sql("gc", more).unwrap();
    let two = Connector::join(&url, "two").await;
    let journal = two.leads().await;
    let rows = || server.sql("gc", "select count(*), max(number) from gc.takeover").unwrap();
    assert_eq!(rows(), format!("{TAKEOVERS}|152"));
    assert_eq!(two.reasons(TAKEOVERS).await[0], "left");
    let subject = Subject::of(&journal);
    for body in ["1", "2", "3"] {
        subject.append(&journal, body).await;
    }
    soon(journal.release()).await;
    server.sql("gc", "delete from gc.event where seq = 2").unwrap();
    let error = soon(two.membership.lead()).await.err().unwrap();
    assert!(!error.may_pass && error.reason.contains("is missing"), "{error}");
    // The oldest one is gone all the same.
    assert_eq!(rows(), format!("{}|152", TAKEOVERS - 1));
    let left = "select left_by, left_for from gc.store where holder is null";
    assert_eq!(server.sql("gc", left).unwrap(), format!("{}|left", two.id));
}

/// It is tried every 3 s, and each of the hundred rows would be such a try after 5 min.
#[tokio::test(flavor = "multi_thread")]
async fn a_lead_that_is_given_back_is_as_free_as_before_and_in_nobodys_history() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let (one, two) = (Connector::join(&url, "one").await, Connector::join(&url, "two").await);
    let gives_back = async |connector: &Connector, seen: &[&str]| {
        let journal = connector.leads().await;
        assert_eq!(one.reasons(seen.len()).await, seen);
        soon(connector.membership.give_back()).await;
        soon(journal.release()).await;
        one.reasons(seen.len() - 1).await
    };
    assert!(gives_back(&two, &["first"]).await.is_empty());
    let journal = two.leads().await;
    assert_eq!(one.reasons(1).await, ["first"], "the one that has given it back");
    soon(two.membership.hand_over(TakeoverReason::SawLess)).await.unwrap();
    two.lets_go(&journal).await;
    for _ in 0..2 {
        assert_eq!(gives_back(&one, &["saw_less", "first"]).await, ["first"]);
    }
    let _journal = one.leads().await;
    let last = one.sees(|view| (view.takeovers.len() == 2).then(|| view.takeovers[0].clone())).await;
    assert_eq!((last.to.id, last.from.map(|from| from.id)), (one.id, Some(two.id)));
    assert!(last.vacant.is_some_and(|vacant| vacant < LONGEST), "{:?}", last.vacant);
}

/// That one knows neither takeovers nor notes.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_noted_before_an_older_version_led_is_not_taken_for_its_end() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let one = Connector::join(&url, "one").await;
    let first = one.leads().await;
    one.lets_go(&first).await;
    let old = "update gc.store set holder = gen_random_uuid(), since = now(), expires_at = now() + interval '15 s', \
        commits = commits + 1; update gc.store set holder = null";
    server.sql("gc", old).unwrap();
    let _journal = one.leads().await;
    assert_eq!(one.reasons(2).await, ["unknown", "first"]);
    let last = one.membership.view().read(|view| view.takeovers[0].clone());
    assert_eq!((last.from, last.vacant), (None, None));
}

/// Somebody who looks into the table is not to wonder.
#[tokio::test(flavor = "multi_thread")]
async fn members_that_died_long_ago_are_removed() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let one = Connector::join(&url, "one").await;
    let dead = |ago| {
        let row = format!(
            "insert into gc.member values (gen_random_uuid(), 'https://dead.example', '1', now(), now() - interval '{ago} s')"
        );
        server.sql("gc", &row).unwrap();
    };
    dead(20);
    dead(160);
    let begun = Instant::now();
    while server.sql("gc", "select count(*) from gc.member").unwrap() != "2" {
        assert!(begun.elapsed() < LONGEST, "they are not removed");
    }
    one.sees(|view| (view.members.len() == 1).then_some(())).await;
}

pub(super) async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

pub(super) async fn count(client: &Client, text: &str) -> i64 {
    client.query_one(text, &[]).await.unwrap().get(0)
}

/// The row would live for 15 s more.
#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_that_is_under_way_does_not_bring_back_a_member_that_leaves() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let one = Connector::join(&url, "one").await;
    // The renewal waits in the database, before it looks for the row.
    let slow = "create function gc.slow() returns trigger language plpgsql as $$ begin \
        perform pg_advisory_xact_lock_shared(7); return new; end $$; \
        create trigger slow before insert on gc.member for each row execute function gc.slow()";
    server.sql("gc", slow).unwrap();
    let rows = "select count(*) from gc.member";
    let holder = client(&url).await;
    holder.batch_execute("select pg_advisory_lock(7)").await.unwrap();
    let waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted";
    let begun = Instant::now();
    while count(&holder, waiting).await == 0 {
        assert!(begun.elapsed() < LONGEST, "it does not renew its row");
    }
    let frees = async {
        // Whoever does not wait for the renewal has deleted the row by then: that takes one connection.
        for _ in 0..3 {
            count(&client(&url).await, rows).await;
        }
        drop(holder);
    };
    soon(join(one.membership.leave(), frees)).await;
    assert_eq!(count(&client(&url).await, rows).await, 0, "it has come back");
}

/// Its lease has run out by then, as that of one that must end.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_could_not_use_the_lead_follows_again_however_long_that_took() {
    let Some(server) = server(&[]) else { return };
    let one = Connector::join(&server.database("gc").unwrap(), "one").await;
    let led = one.led().await;
    soon(led.store.release()).await;
    soon(led.lease.over()).await;
    one.sees(|view| (*view == View::unknown()).then_some(())).await;
    soon(one.membership.give_back()).await;
    one.sees(|view| (view.members.len() == 1).then_some(())).await;
    let _journal = one.leads().await;
}
