//! Several connectors on one database: one leads, the others follow, and one of them goes on when it dies, stops or hangs.

mod beginning;

use finesse_sim::{Config as SimConfig, Platform, Running, Sim};
use jiff::civil::DateTime;
use serde_json::json;

use crate::support::events::{Event, Events};
use crate::support::group::{Group, until_it_follows, until_it_leads, until_taken_over_for};
use crate::support::pki::Files;
use crate::support::process::Process;
use crate::support::receiver::{OK, Receiver, Then};
use crate::support::stage::{Control, gc_toml};
use crate::support::until;
use crate::support::way::Way;

/// Whoever is without a stream for 60 s is signed out there.
async fn finesse() -> Running {
    Sim::start(SimConfig { platform: Platform::Uccx, ..SimConfig::demo().unwrap() }).await.unwrap()
}

/// A leader, a follower, and an agent who is ready.
struct Pair {
    group: Group,
    sim: Running,
    settings: String,
    leader: Process,
    follower: Process,
    events: Events,
    last: Event,
}

impl Pair {
    async fn new(settings: &[(&str, &str)]) -> Option<Self> {
        let group = Group::new()?;
        let sim = finesse().await;
        let settings = gc_toml(&sim, settings);
        let leader = group.member(&settings).await;
        until_it_leads(&leader).await;
        leader.client().is_ready().await;
        let follower = group.member(&settings).await;
        until_it_follows(&follower).await;
        let client = leader.client();
        let mut events = client.watched("desk").await;
        client.signs_in("1001", "desk", &mut events).await;
        client.accepted("MakeReady#1001", "").await;
        let last = events.brief("State READY").await;
        Some(Self { group, sim, settings, leader, follower, events, last })
    }

    fn control(&self) -> Control {
        Control::of(&self.sim)
    }

    /// The follower leads now: the agent is there as before, and works.
    async fn goes_on(&self) -> Vec<Event> {
        until_it_leads(&self.follower).await;
        works(&self.follower, &self.control(), &self.last).await
    }
}

/// The agent takes a call with this one; all events behind this one, which have their numbers one after the other.
async fn works(leader: &Process, control: &Control, last: &Event) -> Vec<Event> {
    control.until_notified("1001").await;
    let call = control.call("5550100", "1001").await;
    let client = leader.client();
    let mut events = client.events("desk", Some(&last.id)).await;
    let mut seen = events.all_until(|event| event.event_type == "NewInboundCall").await;
    client.accepted("AnswerCall#1001", &call).await;
    seen.extend(events.all_until(|event| event.brief() == "InboundCall ACTIVE").await);
    client.accepted("ReleaseCall#1001", &call).await;
    seen.extend(events.all_until(|event| event.brief() == "InboundCall DROPPED").await);
    client.accepted("MakeReady#1001", "").await;
    seen.extend(events.all_until(|event| event.brief() == "State READY").await);
    let numbers: Vec<_> = std::iter::once(last).chain(&seen).map(Event::sequence).collect();
    assert!(numbers.is_sorted_by(|one, next| *next == one + 1), "{numbers:?}");
    let epoch = |event: &Event| event.id.split_once('.').unwrap().0.to_owned();
    assert!(seen.iter().all(|event| epoch(event) == epoch(last)), "another epoch: {seen:?}");
    nobody_is_out(&seen);
    seen
}

fn nobody_is_out(seen: &[Event]) {
    let is_out = |event: &Event| ["State LOGOUT", "State RE_LOGIN"].contains(&event.brief().as_str());
    assert!(!seen.iter().any(is_out), "signed out: {seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_leader_is_killed_another_one_goes_on_with_its_agents() {
    let Some(pair) = Pair::new(&[]).await else { return };
    for (process, leads) in [(&pair.leader, true), (&pair.follower, false)] {
        let shows = async || {
            let scrape = process.client().get("/metrics").await.text().await.unwrap();
            let has = |line: &str| scrape.lines().any(|each| each == line);
            has(&format!("gc_group_leading {}", u8::from(leads)))
                && has("gc_group_members 2")
                && scrape.contains("\ngc_group_lease_seconds ") == leads
                && scrape.contains("\ngc_group_leader_since_seconds ")
        };
        until("the figures of the group", shows).await;
    }
    pair.follower.client().hello("other").await;
    let Pair { group, sim, settings, leader, follower, last, .. } = pair;
    let control = Control::of(&sim);
    let (mut leader, mut follower, mut last) = (leader, follower, last);
    for _ in 0..3 {
        leader.kill().await;
        group.ends_the_lease();
        until_it_leads(&follower).await;
        until_taken_over_for(&follower, "lease_over").await;
        last = works(&follower, &control, &last).await.pop().unwrap();
        // A supervisor starts it again.
        leader = follower;
        follower = group.member(&settings).await;
        until_it_follows(&follower).await;
    }
    assert_eq!(control.user("1001").await["state"], "READY");
    let page = leader.client().get("/admin/").await.text().await.unwrap();
    assert!(["Takeovers", "lease_over", "Sees in service"].iter().all(|text| page.contains(text)), "{page}");
}

/// It keeps them back until somebody leads, and then it is the one.
#[tokio::test(flavor = "multi_thread")]
async fn a_follower_that_comes_to_lead_carries_out_the_requests_that_it_holds() {
    let clients = [("client", "[{ name = 'crm', addresses = ['127.0.0.1'], destinations = ['*'] }]")];
    // Each of them counts once.
    let at_once = [("http.limits.requests_at_once", "4")];
    let Some(pair) = Pair::new(&[&clients[..], &at_once[..]].concat()).await else { return };
    let Pair { group, sim, leader, follower, last, .. } = pair;
    let control = Control::of(&sim);
    leader.kill().await;
    let client = follower.client();
    let held = async {
        tokio::join!(
            client.send("MakeNotReady#1001", ""),
            client.send("Hello#desk", ""),
            client.send("Hello#other", ""),
            async { client.get("/gc/events/desk?since=1").await.status() },
        )
    };
    let (answers, ()) = tokio::join!(held, async {
        follower.logged("requests cannot be passed on to the connector that leads").await;
        group.ends_the_lease();
    });
    let (command, hello, other, stream) = answers;
    assert_eq!(
        (command.status, hello.status, other.status, stream.as_u16()),
        (202, 202, 202, 200),
        "{command:?} {hello:?} {other:?}"
    );
    assert!(crate::support::group::leads(&follower));
    let mut events = client.events("desk", Some(&last.id)).await;
    events.brief("State NOT_READY").await;
    assert_eq!(control.user("1001").await["state"], "NOT_READY");
}

/// All 15 s of the lease: the zombie knows by its own clock, and by the database.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_was_suspended_for_too_long_does_nothing_any_more_and_ends() {
    let Some(pair) = Pair::new(&[]).await else { return };
    pair.leader.signal("STOP").await;
    pair.goes_on().await;
    let control = pair.control();
    let before = control.user("1001").await["streams"].clone();
    pair.leader.signal("CONT").await;
    let Pair { leader, follower, last, mut events, .. } = pair;
    let (code, logs) = leader.ended().await;
    assert!(code == Some(75) && logs.contains("store.url: "), "{code:?} {logs}");
    // What the zombie itself has said to its reader until it died.
    nobody_is_out(&events.rest().await);
    assert_eq!(control.user("1001").await["streams"], before, "the zombie has opened a stream");
    works(&follower, &control, &last).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_leader_whose_store_was_taken_writes_nothing_when_it_wakes() {
    let Some(pair) = Pair::new(&[]).await else { return };
    pair.leader.signal("STOP").await;
    pair.group.ends_the_lease();
    pair.goes_on().await;
    pair.leader.signal("CONT").await;
    let Pair { sim, leader, follower, last, mut events, .. } = pair;
    let (code, logs) = leader.ended().await;
    assert!(code == Some(75) && logs.contains("another connector has taken the store"), "{code:?} {logs}");
    // For a moment it may be away all the same, if a renewal was under way.
    let is_mistaken =
        |line: &str| line.contains("PostgreSQL is away") && line.contains("does not hold it any more");
    assert!(!logs.lines().any(is_mistaken), "a refusal is no outage: {logs}");
    assert!(!logs.contains("are lost"), "the next leader has it: {logs}");
    nobody_is_out(&events.rest().await);
    works(&follower, &Control::of(&sim), &last).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_upgrade_signs_nobody_out_and_leaves_what_is_undelivered_to_the_next_leader() {
    let settings = [
        ("http.stop_grace", "'60s'"),
        ("callback.attempt_timeout", "'60s'"),
        ("callback.allow", "['127.0.0.1']"),
    ];
    let Some(pair) = Pair::new(&settings).await else { return };
    let Pair { group, sim, settings, leader, follower, last, .. } = pair;
    let control = Control::of(&sim);
    // The first attempt has no answer until the leader is gone; the next one arrives.
    let mut crm = Receiver::scripted([Then::Silence], OK).await;
    leader.client().hello_with_callback("crm", &crm.url).await;
    let first = crm.next().await;
    let (mut leads, mut follows, mut last) = (leader, follower, last);
    for round in 0..2 {
        leads.terminate().await;
        let (code, logs) = leads.ended().await;
        assert!(
            code == Some(0) && logs.contains("stopped") && !logs.contains("could not be released"),
            "{logs}"
        );
        until_it_leads(&follows).await;
        // That the database of the tests is a fast one is said, too.
        let is_warned = |line: &&str| {
            (line.contains("WARN") || line.contains("ERROR")) && !line.contains("gc_store_postgres::link")
        };
        let logs = follows.logs();
        assert_eq!(logs.lines().find(is_warned), None, "a hand-over is nothing to be warned of");
        assert!(follows.has_logged("nobody holds the store"), "it had to wait for the lease's end");
        until_taken_over_for(&follows, "left").await;
        if round == 0 {
            let again = crm.next().await;
            assert_eq!(again.headers["webhook-id"], first.headers["webhook-id"]);
        }
        last = works(&follows, &control, &last).await.pop().unwrap();
        leads = follows;
        follows = group.member(&settings).await;
        until_it_follows(&follows).await;
    }
}

/// There it would be an address of another machine.
#[tokio::test(flavor = "multi_thread")]
async fn a_callback_at_the_leaders_own_machine_is_not_used_by_the_next_leader() {
    let Some(pair) = Pair::new(&[]).await else { return };
    let receiver = Receiver::scripted([], OK).await;
    pair.leader.client().hello_with_callback("crm", &receiver.url).await;
    let Pair { leader, follower, .. } = pair;
    leader.terminate().await;
    until_it_leads(&follower).await;
    follower.logged("callback not used any more").await;
}

/// Its way to Finesse is cut, and only its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_does_not_see_finesse_leaves_the_lead_to_one_that_does() {
    let Some(group) = Group::new() else { return };
    let sim = finesse().await;
    let ways = [Way::to(sim.rest_addr()).await, Way::to(sim.websocket_addr()).await];
    let [rest, notifications] = &ways;
    let (rest, notifications) = (rest.address.port(), notifications.address.port());
    let nodes = format!(
        "[{{ url = 'https://localhost:{rest}', notifications = 'wss://localhost:{notifications}/ws/' }}]"
    );
    let leader = group.member(&gc_toml(&sim, &[("finesse.nodes", &nodes)])).await;
    until_it_leads(&leader).await;
    let follower = group.member(&gc_toml(&sim, &[])).await;
    until_it_follows(&follower).await;
    let client = leader.client();
    client.is_ready().await;
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    client.accepted("MakeReady#1001", "").await;
    let last = events.brief("State READY").await;
    for way in &ways {
        way.refuse().await;
        way.cut();
    }
    let (code, logs) = leader.ended().await;
    assert!(code == Some(75) && logs.contains("sees clusters that this connector does not see"), "{logs}");
    until_it_leads(&follower).await;
    until_taken_over_for(&follower, "saw_less").await;
    works(&follower, &Control::of(&sim), &last).await;
}

/// Followers could not pass anything on to it any more.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_whose_certificate_is_not_valid_any_more_leaves_the_lead_to_one_that_can_be_reached() {
    let Some(group) = Group::new() else { return };
    let sim = finesse().await;
    let (settings, files) = (gc_toml(&sim, &[]), Files::of(&group.authority));
    let toml = group.config_with(&files, &settings);
    let leader = Process::listening(&toml, "info").await;
    until_it_leads(&leader).await;
    let follower = group.member(&settings).await;
    until_it_follows(&follower).await;
    files.exchange(&group.authority.sign_until(&["localhost"], 2001));
    leader.reload(&toml, "\"group_certificate\":true").await;
    leader.logged("the others accept it only while it is valid").await;
    let (code, logs) = leader.ended().await;
    assert!(code == Some(75) && logs.contains("this connector's certificate is not valid"), "{logs}");
    until_it_leads(&follower).await;
    until_taken_over_for(&follower, "unreachable").await;
}

/// Clients would ask again at once, and again.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_waits_for_its_database_to_stop_begins_no_live_stream() {
    let Some(pair) = Pair::new(&[]).await else { return };
    pair.group.database.crash().unwrap();
    pair.leader.logged("PostgreSQL is away").await;
    // What waits for the database keeps the leader from ending at once.
    let control = pair.control();
    control.until_notified("1001").await;
    let (client, call) = (pair.leader.client(), control.call("5550100", "1001").await);
    let agent = async || client.get("/admin/agents/1001").await.text().await.unwrap();
    until("the call", async || agent().await.contains(&call)).await;
    pair.leader.terminate().await;
    let refused = async || {
        let answer = client.get("/gc/events/desk").await;
        answer.status() == 503 && answer.headers()["retry-after"] == "2"
    };
    until("the refusal of streams", refused).await;
}

/// It can look at the group, and cannot connect anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_be_taken_yet_is_tried_with_pauses_and_the_reason_is_said_once() {
    let Some(pair) = Pair::new(&[]).await else { return };
    let Pair { group, leader, follower, .. } = pair;
    follower.signal("STOP").await;
    leader.kill().await;
    group.ends_the_lease();
    let sql = |text| group.database.sql("postgres", text).unwrap();
    sql("alter database gc with allow_connections false");
    follower.signal("CONT").await;
    let says = "the store could not be taken";
    follower.logged(says).await;
    // When it was tried, by the database's log.
    let log = group.database.directory().join("log");
    let attempts = || {
        let text = std::fs::read_to_string(&log).unwrap();
        let refused = text.lines().filter(|line| line.contains("is not currently accepting"));
        refused.map(|line| line[..23].parse::<DateTime>().unwrap()).collect::<Vec<_>>()
    };
    until("the third attempt", async || attempts().len() > 2).await;
    let attempts = attempts();
    let pauses = attempts.iter().zip(&attempts[1..]).map(|(one, next)| next.duration_since(*one));
    assert!(pauses.clone().all(|pause| pause.as_millis() > 2_900), "{attempts:?}");
    sql("alter database gc with allow_connections true");
    until_it_leads(&follower).await;
    assert_eq!(follower.logs().matches(says).count(), 1);
}

/// Nobody may lead without having heard of the database for 10 s: another one may lead 5 s later.
#[tokio::test(flavor = "multi_thread")]
async fn when_the_database_is_away_for_longer_than_the_lease_the_leader_ends_and_all_come_back() {
    let Some(pair) = Pair::new(&[]).await else { return };
    pair.group.database.crash().unwrap();
    let control = pair.control();
    until("the outage", async || pair.leader.has_logged("PostgreSQL is away")).await;
    assert_ne!(control.user("1001").await["streams"], json!([]), "until then it goes on");
    let Pair { group, sim, settings, leader, follower, last, .. } = pair;
    let (code, logs) = leader.ended().await;
    assert!(code == Some(75) && logs.contains("has acknowledged nothing for 10s"), "{code:?} {logs}");
    let gone = async || control.user("1001").await["streams"] == json!([]);
    until("the end of its streams", gone).await;
    // It comes back before the database does.
    let again = group.member(&settings).await;
    assert_eq!(again.client().get("/health/live").await.status(), 200);
    assert_eq!(again.client().get("/health/ready").await.status(), 503);
    group.database.up().unwrap();
    let one_leads = async || [&again, &follower].into_iter().any(crate::support::group::leads);
    until("a leader", one_leads).await;
    let (leader, other) =
        if crate::support::group::leads(&again) { (&again, &follower) } else { (&follower, &again) };
    until_it_follows(other).await;
    works(leader, &Control::of(&sim), &last).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_end_during_commits_change_nothing() {
    let Some(pair) = Pair::new(&[]).await else { return };
    let (control, mut last) = (pair.control(), pair.last.clone());
    for _ in 0..3 {
        let cut =
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'gc-server'";
        let (_, seen) = tokio::join!(
            async { pair.group.database.sql("gc", cut).unwrap() },
            works(&pair.leader, &control, &last)
        );
        last = seen.last().unwrap().clone();
    }
    assert!(!pair.follower.has_logged("this connector leads now"));
}
