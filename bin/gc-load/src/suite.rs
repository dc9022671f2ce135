//! Several runs and one table: the load report of the original product made again, and what so many agents need.

use std::fmt::{self, Display, Formatter, Write};
use std::time::Duration;

use crate::arguments::Store;
use crate::phase_report::PhaseReport;
use crate::process::Cost;
use crate::report::Report;
use crate::samples::Summary;
use crate::scenario::{Scenario, Shift};

/// Runs, one after the other, each with a connector and a simulator of its own.
#[derive(Debug)]
pub(crate) struct Suite {
    pub(crate) runs: Vec<Run>,
    /// What is printed of their reports.
    pub(crate) table: fn(&[Report]) -> String,
}

/// One run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) scenario: Scenario,
    pub(crate) agents: u32,
    pub(crate) clients: u32,
    /// How many agents are active at a time.
    pub(crate) at_once: u32,
    /// Events that wait for a client that is away.
    pub(crate) waiting: u32,
    pub(crate) store: Store,
}

impl Run {
    fn of(scenario: Scenario, agents: u32, at_once: u32) -> Self {
        Self { scenario, agents, clients: 1, at_once: agents.min(at_once), waiting: 0, store: Store::Memory }
    }
}

impl Display for Run {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { agents, clients, waiting, .. } = self;
        let (scenario, store) = (self.scenario.name(), self.store.name());
        write!(
            f,
            "{scenario} with {agents} agents, {clients} clients, {waiting} events waiting, store {store}"
        )
    }
}

/// A row of the original's load report (Generic Connector 4.4.12, 8 virtual processors, 16 GB; published with its deployment
/// guide): scenario, agents, response time on average and at most in seconds, memory in GB.
struct Published(&'static str, u32, f64, f64, f64);

const PUBLISHED: [Published; 6] = [
    Published("login", 500, 11.2, 31.3, 2.64),
    Published("login", 1000, 19.5, 30.9, 3.49),
    Published("ready", 500, 3.59, 6.1, 2.64),
    Published("ready", 1000, 7.27, 13.1, 4.00),
    Published("calls", 500, 14.6, 17.4, 2.98),
    Published("calls", 1000, 21.0, 36.0, 4.03),
];

/// All agents at once in each of its scenarios.
pub(crate) fn original(sizes: &[u32]) -> Suite {
    let scenarios = [Scenario::Login, Scenario::Ready, Scenario::Calls];
    let runs =
        scenarios.iter().flat_map(|scenario| sizes.iter().map(|agents| Run::of(*scenario, *agents, *agents)));
    Suite { runs: runs.collect(), table: original_table }
}

fn original_table(reports: &[Report]) -> String {
    let mut text = "\
| scenario | agents | response avg (max), the original | here | memory, the original | here | CPU s here | events missing, repeated |
|---|---|---|---|---|---|---|---|
"
    .to_owned();
    for report in reports {
        // What the original calls a response: logging in and out; logging in and ready; the call until it is answered.
        let index = usize::from(report.scenario == "calls");
        let Some(phase) = report.phases.get(index) else { continue };
        let published = PUBLISHED
            .iter()
            .find(|Published(scenario, agents, ..)| (*scenario, *agents) == (report.scenario, report.agents));
        let (response, memory) = match published {
            Some(Published(_, _, average, most, memory)) => {
                (format!("{average} s ({most})"), format!("{memory:.2} GB"))
            }
            None => ("-".to_owned(), "-".to_owned()),
        };
        let (average, most) = (phase.chain.avg_ms / 1e3, phase.chain.max_ms / 1e3);
        let (peak, seconds) = (gigabytes(peak(&report.phases)), report.phases.iter().map(cpu).sum::<f64>());
        let events = &report.events;
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "| {} | {} | {response} | {average:.2} s ({most:.2}) | {memory} | {peak:.2} GB | {seconds:.2} | {}, {} |",
            phase.name, report.agents, events.missing, events.repeated
        );
    }
    text
}

/// How many agents sign in at the same time.
const MORNING: u32 = 100;

/// Signs in 100 agents at once, as in the morning; then a shift.
pub(crate) fn sizing(sizes: &[u32], shift: Shift) -> Suite {
    let runs = sizes.iter().map(|agents| Run::of(Scenario::Shift(shift), *agents, MORNING));
    Suite { runs: runs.collect(), table: sizing_table }
}

fn sizing_table(reports: &[Report]) -> String {
    let mut text = "\
| agents | log in and ready | CPU s of it | RSS then | shift: events/s | `AnswerCall` p50, p99 | processors used | RSS then | peak | open files | simulator: processors used |
|---|---|---|---|---|---|---|---|---|---|---|
"
    .to_owned();
    for report in reports {
        let [login, shift, ..] = report.phases.as_slice() else { continue };
        let answer = step(shift, "AnswerCall");
        let _ = writeln!(
            text,
            "| {} | {:.1} s | {:.2} | {:.0} MiB | {:.0} | {:.0}, {:.0} ms | {:.2} | {:.0} MiB | {:.0} MiB | {} | {:.2} |",
            report.agents,
            login.seconds,
            cpu(login),
            mebibytes(of(login, "server").map_or(0, |cost| cost.rss_bytes)),
            shift.events_per_second,
            answer.p50_ms,
            answer.p99_ms,
            cpu(shift) / shift.seconds.max(f64::MIN_POSITIVE),
            mebibytes(of(shift, "server").map_or(0, |cost| cost.rss_bytes)),
            mebibytes(peak(&report.phases)),
            report
                .phases
                .iter()
                .filter_map(|phase| of(phase, "server"))
                .map(|cost| cost.open_files)
                .max()
                .unwrap_or_default(),
            of(shift, "simulator").map_or(0.0, seconds) / shift.seconds.max(f64::MIN_POSITIVE),
        );
    }
    text
}

/// From one call of each agent to its next one, for each agent: whatever their number, as many calls come in a second.
const SHARE: Duration = Duration::from_millis(10);
const TALK: Duration = Duration::from_millis(500);

/// The same calls with more agents, more clients, and more that waits.
pub(crate) fn growth(length: Duration) -> Suite {
    let run = |agents, clients, waiting| {
        let shift = Shift { length, interval: SHARE * agents, talk: TALK };
        Run { clients, waiting, ..Run::of(Scenario::Shift(shift), agents, MORNING) }
    };
    let agents = [100, 1000, 5000].map(|agents| run(agents, 1, 0));
    let others = [run(1000, 1000, 0), run(1000, 1, 10), run(1000, 1, 10_000)];
    Suite { runs: agents.into_iter().chain(others).collect(), table: growth_table }
}

fn growth_table(reports: &[Report]) -> String {
    let mut text = "\
| agents | clients | events waiting | events/s | connector CPU, µs an event | RSS | simulator, µs an event | gc-load |
|---|---|---|---|---|---|---|---|
"
    .to_owned();
    for report in reports {
        let [_, shift, ..] = report.phases.as_slice() else { continue };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.0} | {:.0} | {:.0} MiB | {:.0} | {:.0} |",
            report.agents,
            report.clients,
            report.waiting,
            shift.events_per_second,
            an_event(shift, "server"),
            mebibytes(of(shift, "server").map_or(0, |cost| cost.rss_bytes)),
            an_event(shift, "simulator"),
            an_event(shift, "gc-load"),
        );
    }
    text
}

/// The same shift of 1,000 agents with each kind of store.
pub(crate) fn stores(length: Duration, interval: Duration) -> Suite {
    let shift = Scenario::Shift(Shift { length, interval, talk: TALK });
    let stores = [Store::Memory, Store::File, Store::Postgres];
    let runs = stores.map(|store| Run { clients: 10, store, ..Run::of(shift, 1000, MORNING) });
    Suite { runs: runs.into(), table: stores_table }
}

fn stores_table(reports: &[Report]) -> String {
    let mut text = "\
| store | events/s | ring: p50, p99 ms | `AnswerCall`: p50, p99 | `ReleaseCall`: p50, p99 | connector CPU, µs an event | RSS | events missing, repeated |
|---|---|---|---|---|---|---|---|
"
    .to_owned();
    for report in reports {
        let [_, shift, ..] = report.phases.as_slice() else { continue };
        let times = |name| {
            let times = step(shift, name);
            format!("{:.1}, {:.1}", times.p50_ms, times.p99_ms)
        };
        let _ = writeln!(
            text,
            "| {} | {:.0} | {} | {} | {} | {:.0} | {:.0} MiB | {}, {} |",
            report.store.unwrap_or_default(),
            shift.events_per_second,
            times("ring"),
            times("AnswerCall"),
            times("ReleaseCall"),
            an_event(shift, "server"),
            mebibytes(of(shift, "server").map_or(0, |cost| cost.rss_bytes)),
            report.events.missing,
            report.events.repeated,
        );
    }
    text
}

fn step(phase: &PhaseReport, name: &str) -> Summary {
    let step = phase.steps.iter().find(|step| step.name == name);
    step.map(|step| step.times).unwrap_or_default()
}

/// The CPU time of an event in µs.
fn an_event(phase: &PhaseReport, process: &str) -> f64 {
    of(phase, process).map_or(0.0, seconds) * 1e6 / phase.events.max(1) as f64
}

fn of<'a>(phase: &'a PhaseReport, process: &str) -> Option<&'a Cost> {
    phase.processes.iter().find(|cost| cost.name == process)
}

fn seconds(cost: &Cost) -> f64 {
    cost.user_seconds + cost.system_seconds
}

/// The CPU time of the connector.
fn cpu(phase: &PhaseReport) -> f64 {
    of(phase, "server").map_or(0.0, seconds)
}

/// The most memory of the connector.
fn peak(phases: &[PhaseReport]) -> u64 {
    phases
        .iter()
        .filter_map(|phase| of(phase, "server"))
        .map(|cost| cost.peak_bytes)
        .max()
        .unwrap_or_default()
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn gigabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::phase_report::StepReport;
    use crate::tally::Tally;

    fn phase(name: &'static str, seconds: f64) -> PhaseReport {
        let cost = |name, user_seconds, rss: u64| Cost {
            name,
            user_seconds,
            system_seconds: 0.5,
            rss_bytes: rss << 20,
            peak_bytes: 100 << 20,
            open_files: 600,
        };
        let times =
            Summary { count: 1, avg_ms: 1500.0, p50_ms: 20.0, p99_ms: 40.0, max_ms: 2000.0, min_ms: 1.0 };
        PhaseReport {
            name,
            began: 500,
            completed: 500,
            seconds,
            events: 100,
            events_per_second: 50.0,
            steps: vec![StepReport { name: "AnswerCall", times }],
            chain: times,
            errors: BTreeMap::new(),
            processes: vec![cost("server", 1.5, 80), cost("simulator", 0.5, 10)],
        }
    }

    fn report(scenario: &'static str, phases: Vec<PhaseReport>) -> Report {
        Report {
            scenario,
            agents: 500,
            clients: 1,
            connectors: 1,
            store: None,
            waiting: 0,
            at_once: 500,
            events_by: "callback",
            processors: 2,
            phases,
            outage: None,
            restart: None,
            takeover: None,
            events: Tally::default(),
        }
    }

    #[test]
    fn the_originals_figures_stand_beside_those_of_the_same_scenario_and_size() {
        let calls = vec![phase("log in and ready", 9.0), phase("ring and answer", 2.0)];
        let table =
            original_table(&[report("login", vec![phase("log in and out", 2.0)]), report("calls", calls)]);
        let rows: Vec<_> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| log in and out | 500 | 11.2 s (31.3) | 1.50 s (2.00) | 2.64 GB | 0.10 GB | 2.00 | 0, 0 |",
                "| ring and answer | 500 | 14.6 s (17.4) | 1.50 s (2.00) | 2.98 GB | 0.10 GB | 4.00 | 0, 0 |",
            ]
        );
        let runs = original(&[500, 1000]).runs;
        assert!(
            PUBLISHED
                .iter()
                .all(|row| runs.iter().any(|run| (run.scenario.name(), run.agents) == (row.0, row.1)))
        );
        assert!(runs.iter().all(|run| run.agents == run.at_once));
    }

    #[test]
    fn a_size_is_a_row_with_what_the_connector_needed() {
        let phases = vec![phase("log in and ready", 4.0), phase("shift", 10.0)];
        let table = sizing_table(&[report("shift", phases)]);
        let row = table.lines().nth(2).unwrap();
        assert_eq!(
            row,
            "| 500 | 4.0 s | 2.00 | 80 MiB | 50 | 20, 40 ms | 0.20 | 80 MiB | 100 MiB | 600 | 0.10 |"
        );
    }

    #[test]
    fn the_cost_of_an_event_stands_beside_what_grew_and_beside_its_store() {
        let phases = || vec![phase("log in and ready", 4.0), phase("shift", 10.0)];
        let table = growth_table(&[Report { waiting: 10, ..report("shift", phases()) }]);
        assert_eq!(table.lines().nth(2), Some("| 500 | 1 | 10 | 50 | 20000 | 80 MiB | 10000 | 0 |"));
        let rates = growth(Duration::from_secs(60)).runs.into_iter().map(|run| match run.scenario {
            Scenario::Shift(shift) => f64::from(run.agents) / shift.interval.as_secs_f64(),
            _ => 0.0,
        });
        assert_eq!(rates.collect::<Vec<_>>(), [100.0; 6]);
        let table = stores_table(&[Report { store: Some("file"), ..report("shift", phases()) }]);
        let row = "| file | 50 | 0.0, 0.0 | 20.0, 40.0 | 0.0, 0.0 | 20000 | 80 MiB | 0, 0 |";
        assert_eq!(table.lines().nth(2), Some(row));
    }
}
