//! One run: the players play, then everything works again, and what must hold is looked at.

use std::time::Duration;

use futures_util::future::join_all;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep};

use crate::faults;
use crate::ledger::Totals;
use crate::openings;
use crate::plan::FaultPlan;
use crate::players::{Player, is_stranger};
use crate::receivers;
use crate::site::{Dice, SIGNED_OUT, Site, text};

/// What came of a run.
pub(crate) struct Played {
    /// What does not hold; empty when all is well.
    pub(crate) wrong: Vec<String>,
    pub(crate) transcript: String,
    pub(crate) totals: Totals,
    /// How many commits there were while the agents worked.
    pub(crate) commits: u64,
}

/// How long, on the paused clock, everything has to come to rest.
const REST: u32 = 300;

/// Plays the plan in a thread of its own choice, which is this one. There is no I/O in the runtime: whoever opened a
/// socket would fail.
pub(crate) fn play(plan: FaultPlan) -> Played {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let site = Site::open(plan).await;
        let wrong = rehearse(&site).await;
        let (transcript, totals) = (site.journal.transcript(), site.ledger.totals());
        Played { wrong, transcript, totals, commits: site.commits.made() }
    })
}

async fn rehearse(site: &Site) -> Vec<String> {
    sleep(Duration::from_secs(10)).await;
    let tasks = tasks();
    let missed = openings::play(site).await;
    if !missed.is_empty() {
        return missed;
    }
    // Where nothing fails, receivers do not fail either.
    site.receivers.set_works(site.plan.every.is_none());
    for agent in site.agents() {
        site.connects(&agent);
        site.logs_in(&agent);
    }
    let mut seeds = site.plan.dice(Dice::Players);
    let end = Instant::now() + site.plan.length;
    let mut player = || Player { site, dice: StdRng::from_rng(&mut seeds), end };
    let agents: Vec<_> = site.agents().map(|agent| player().works(agent)).collect();
    let spoiler = Player { site, dice: site.plan.dice(Dice::Faults), end };
    let reaper = Player { site, dice: site.plan.dice(Dice::Crashes), end };
    let vandal = Player { site, dice: site.plan.dice(Dice::DiskFaults), end };
    let last = Player { site, dice: site.plan.dice(Dice::Crashes), end };
    site.commits.begin(site.plan.last_commit.flatten());
    let trouble = Player { site, dice: site.plan.dice(Dice::Trouble), end };
    tokio::join!(
        join_all(agents),
        player().calls(),
        spoiler.spoils(),
        reaper.crashes(),
        vandal.fails_disk(),
        trouble.troubles(),
        last.dies_at_a_commit()
    );
    faults::clear(site).await;
    receivers::go_on(site).await;

    let mut wrong = comes_to_rest(site).await;
    if wrong.is_empty() {
        wrong = licences_differ(site).await;
        hang_up(site).await;
        wrong.extend(comes_to_rest(site).await);
    }
    if wrong.is_empty() {
        sign_out(site).await;
        wrong.extend(left_behind(site, tasks));
    }
    wrong.extend(broken_rules(site));
    wrong.extend(site.too_late());
    wrong.extend(site.ledger.broken(&site.dead_letters().await));
    wrong
}

/// Oracles 1 and 3: no command is without an outcome, and each client knows what Finesse has, and gets what
/// Finesse sends now.
async fn comes_to_rest(site: &Site) -> Vec<String> {
    let mut wrong = Vec::new();
    for second in 0..REST {
        if second % 30 == 0 {
            // Whoever lost its session by a conflict comes back.
            let lost = |agent: &String| site.knows(agent).state == SIGNED_OUT;
            site.agents().filter(lost).for_each(|agent| _ = site.connects(&agent));
            if site.went_back() {
                // Whoever was not answered because of a fault.
                site.agents().for_each(|agent| site.connects_and_reads(&agent));
            }
        }
        sleep(Duration::from_secs(1)).await;
        leave_the_queues(site).await;
        wrong = unsettled(site).await;
        if wrong.is_empty() {
            return wrong;
        }
    }
    wrong
}

async fn unsettled(site: &Site) -> Vec<String> {
    let pending = site.alive().engine.pending_commands();
    if pending > 0 {
        return vec![format!("{pending} commands have no outcome")];
    }
    let before = site.actual().await;
    for look in [site.differences().await, site.deaf().await, site.differences().await] {
        if !look.is_empty() {
            return look;
        }
    }
    let after = site.actual().await;
    if before == after { Vec::new() } else { vec!["the simulator does not come to rest".to_owned()] }
}

/// Oracle 6: whoever is signed in has a licence, and nobody else.
async fn licences_differ(site: &Site) -> Vec<String> {
    let signed_in = site.actual().await.values().filter(|agent| agent.state != SIGNED_OUT).count();
    let licences = site.alive().engine.licences_in_use();
    if licences == signed_in {
        return Vec::new();
    }
    vec![format!("{licences} licences are in use by {signed_in} agents who are signed in")]
}

/// Oracles 1, 2, 4, 5 and 6.
fn broken_rules(site: &Site) -> Vec<String> {
    let broken = site.journal.book().broken();
    // A session ends by a refused password, and by a conflict: then nothing else is wrong.
    let by_fault = |agent: &str, rule: &str| {
        let lost = rule == "the session was lost" || rule == "the session was taken away";
        lost && (is_stranger(agent) || site.plan.conflict > 0)
    };
    let broken = broken.into_iter().filter(|(agent, rule)| !by_fault(agent, rule));
    let mut wrong: Vec<_> = broken.map(|(agent, rule)| format!("{agent}: {rule}")).collect();
    let (refused, tries) = (site.net.refusals(), site.wrong_passwords());
    if refused > tries {
        wrong.push(format!("{refused} passwords were refused, of {tries} wrong ones"));
    }
    let overbooked = site.licences_overbooked();
    if overbooked > 0 {
        wrong
            .push(format!("after {overbooked} commands more licences were in use than licences or sessions"));
    }
    wrong
}

/// Those who wait in queues hang up, so that no call goes on from agent to agent.
async fn leave_the_queues(site: &Site) {
    for call in site.get("/sim/calls").await {
        let queued = ["8001", "8002"].iter().any(|queue| call["to"] == *queue);
        if queued && (call["waiting"] == true || call["state"] == "ALERTING") {
            end(site, &call).await;
        }
    }
}

/// Every call ends.
async fn hang_up(site: &Site) {
    // Of those in a conference one goes at a time.
    for _ in 0..10 {
        for call in site.get("/sim/calls").await {
            end(site, &call).await;
        }
        sleep(Duration::from_secs(1)).await;
    }
}

async fn end(site: &Site, call: &Value) {
    let id = text(call, "dialogId");
    site.control("DELETE", &format!("/sim/calls/{id}"), &Value::Null).await;
}

/// Every agent signs out.
async fn sign_out(site: &Site) {
    for agent in site.agents() {
        for _ in 0..10 {
            // Those whom no customer leaves: agents among each other.
            for call in site.knows(&agent).calls.keys() {
                site.sends(&agent, "ReleaseCall", call);
            }
            let command = match site.knows(&agent).state.as_str() {
                SIGNED_OUT => break,
                "NOT_READY" => "Logout",
                _ => "MakeNotReady",
            };
            site.sends(&agent, command, "");
            sleep(Duration::from_secs(3)).await;
        }
    }
    // Until a signed-out agent is forgotten.
    sleep(Duration::from_secs(120)).await;
}

/// Oracles 6 and 7: no licence, session, command or task is left.
fn left_behind(site: &Site, tasks_before: usize) -> Vec<String> {
    let (sessions, licences) = (site.alive().engine.sessions(), site.alive().engine.licences_in_use());
    let (pending, tasks) = (site.alive().engine.pending_commands(), tasks());
    // Fewer where connections were cut that had been kept for further requests.
    if (sessions, licences, pending) == (0, 0, 0) && tasks <= tasks_before {
        return Vec::new();
    }
    vec![format!(
        "{sessions} sessions, {licences} licences, {pending} commands and {tasks} tasks ({tasks_before} before) are left"
    )]
}

fn tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}
