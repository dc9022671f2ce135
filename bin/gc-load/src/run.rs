//! A complete run.

use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;

use gc_protocol::{CallbackParts, Command, Request};
use reqwest::Client;
use tokio::task::JoinSet;

use crate::agent::{Agent, Stage};
use crate::arguments::Load;
use crate::connector::Connector;
use crate::control::Control;
use crate::crowd::Crowd;
use crate::failed::Failed;
use crate::inbox::Inbox;
use crate::process::Process;
use crate::report::Report;
use crate::resent::Resent;
use crate::scenario::{Pace, Scenario};
use crate::spawn::{Keeps, Spawned};
use crate::target::Target;
use crate::{outage, receiver, restart, stream};

/// Runs the load. With `--spawn`, starts a simulator and a connector first, and stops them at the end.
///
/// # Errors
/// When the run cannot start. Later failures are part of the report.
pub(crate) async fn run(scenario: Scenario, load: &Load) -> Result<Report, Failed> {
    if !load.spawn {
        return drive(scenario, load, Target::of(load), None).await;
    }
    let keeps = if matches!(scenario, Scenario::Restart(..)) { Keeps::Everything } else { Keeps::Nothing };
    let mut spawned = Spawned::start(load, keeps).await?;
    let report = drive(scenario, load, Target::spawned(&spawned), Some(&mut spawned)).await;
    spawned.stop().await;
    report
}

async fn drive(
    scenario: Scenario,
    load: &Load,
    target: Target,
    mut spawned: Option<&mut Spawned>,
) -> Result<Report, Failed> {
    let mut processes = target.processes.clone();
    let own = [Process { name: "gc-load", pid: std::process::id() }];
    processes.extend(own);
    for process in &processes {
        process.usage().map_err(Failed::unavailable)?;
    }
    let http = Client::builder().no_proxy().build().map_err(Failed::unavailable)?;
    let connector = Connector::new(http.clone(), &target.server);
    connector.wait_until_ready(load.timeout).await.map_err(Failed::unavailable)?;

    let mut inbox = Inbox::default();
    let agents = agents(load, &target, &mut inbox);
    let inbox = Arc::new(inbox);
    // Dropping it ends the receivers.
    let mut receiving = JoinSet::new();
    receive(load, &connector, &inbox, &mut receiving).await?;

    let resent = matches!(scenario, Scenario::Restart(..)).then(Resent::default);
    let control = Control::new(http, &target.control);
    let stage = Stage { connector, control, password: target.password, timeout: load.timeout, resent };
    let mut crowd = Crowd { agents, stage: Arc::new(stage), inbox, at_once: load.max_at_once(), processes };
    let mut phases = Vec::new();
    let (mut outage, mut restart) = (None, None);
    for phase in scenario.phases() {
        if let Scenario::Outage { away } = scenario
            && !phases.is_empty()
            && outage.is_none()
        {
            outage = Some(outage::run(&crowd, away).await?);
        }
        match (scenario, phase.pace, spawned.as_deref_mut()) {
            (Scenario::Restart(_, plan), Pace::Shift(_), Some(spawned)) => {
                let (stage, agents) = (Arc::clone(&crowd.stage), crowd.agents.len());
                let restarting = restart::run(spawned, &stage, agents, plan);
                let (report, restarted) = tokio::join!(crowd.run_phase(&phase), restarting);
                phases.push(report);
                restart = Some(restarted?);
                crowd.processes = spawned.processes.into_iter().chain(own).collect();
            }
            _ => phases.push(crowd.run_phase(&phase).await),
        }
    }
    let resent = crowd.stage.resent.as_ref();
    let restart = restart.zip(resent).map(|(restart, resent)| restart.with_resent(resent));
    Ok(Report {
        scenario: scenario.name(),
        agents: load.agents,
        clients: load.clients,
        at_once: load.max_at_once(),
        events_by: if load.stream { "stream" } else { "callback" },
        processors: available_parallelism().map_or(0, NonZero::get),
        phases,
        outage,
        restart,
        events: crowd.inbox.tally(),
    })
}

/// The agents, distributed evenly over the clients.
fn agents(load: &Load, target: &Target, inbox: &mut Inbox) -> Vec<Agent> {
    let agents = (0..load.agents).map(|index| {
        let id = (target.first_agent + u64::from(index)).to_string();
        let extension = (target.first_extension + u64::from(index)).to_string();
        let events = inbox.agent(&id);
        Agent::new(id, extension, client_name(index % load.clients), format!("9{index:07}"), events)
    });
    agents.collect()
}

/// The destination and session URL of a client.
fn client_name(client: u32) -> String {
    format!("load-{client}")
}

/// Sends Hello for every client, and starts to receive its events.
async fn receive(
    load: &Load,
    connector: &Connector,
    inbox: &Arc<Inbox>,
    receiving: &mut JoinSet<()>,
) -> Result<(), Failed> {
    let mut callback = None;
    if !load.stream {
        let address = receiver::start(load.listen, Arc::clone(inbox), receiving).await;
        let address = address
            .map_err(|error| Failed::unavailable(format!("cannot listen on {}: {error}", load.listen)))?;
        callback = Some(format!("http://{address}"));
    }
    for client in 0..load.clients {
        let name = client_name(client);
        let mut hello = Request::new(&Command::Hello, &name).map_err(Failed::unavailable)?;
        hello.session_url = Some(name.clone());
        hello.callback = callback.clone().map(|fqdn| CallbackParts { fqdn, endpoint: format!("/{client}") });
        let sent = connector.send(&hello).await;
        sent.map_err(|code| Failed::unavailable(format!("Hello of {name} is refused: {code}")))?;
        if load.stream {
            let answer = connector.stream(&name).await.map_err(Failed::unavailable)?;
            receiving.spawn(stream::read(client, answer, Arc::clone(inbox)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::arguments::{Arguments, Command as Subcommand};

    #[test]
    fn agents_are_distributed_evenly_over_the_clients() {
        let options = ["gc-load", "login", "--agents", "5", "--clients", "2", "--first-agent", "1019"];
        let Subcommand::Login(load) = Arguments::parse_from(options).command else { panic!() };
        let agents = agents(&load, &Target::of(&load), &mut Inbox::default());
        let agents: Vec<_> =
            agents.iter().map(|agent| (&*agent.id, &*agent.extension, &*agent.client)).collect();
        let expected = [
            ("1019", "2001", "load-0"),
            ("1020", "2002", "load-1"),
            ("1021", "2003", "load-0"),
            ("1022", "2004", "load-1"),
            ("1023", "2005", "load-0"),
        ];
        assert_eq!(agents, expected);
    }
}
