//! Several runs and one table: what so many agents need, how the cost grows, and what stores cost.

use std::fmt::{self, Display, Formatter, Write};
use std::time::Duration;

use serde::Serialize;

use crate::arguments::Store;
use crate::phase_report::PhaseReport;
use crate::place::Place;
use crate::process::Cost;
use crate::report::Report;
use crate::samples::Summary;
use crate::scenario::{Scenario, Shift};

/// Runs, one after the other, each with a connector and a simulator of its own, or all with those that run.
#[derive(Debug)]
pub(crate) struct Suite {
    pub(crate) runs: Vec<Run>,
    /// What is printed of their reports.
    pub(crate) table: fn(&[Report]) -> String,
    /// What cannot be measured where it should be.
    pub(crate) left_out: Vec<LeftOut>,
}

/// A run that is not made.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct LeftOut {
    pub(crate) scenario: &'static str,
    pub(crate) why: &'static str,
}

/// The reports of the runs that were made, and the others: the shape of `--json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reports {
    pub(crate) reports: Vec<Report>,
    pub(crate) left_out: Vec<LeftOut>,
}

impl Suite {
    pub(crate) fn new(runs: impl IntoIterator<Item = Run>, table: fn(&[Report]) -> String) -> Self {
        Self { runs: runs.into_iter().collect(), table, left_out: Vec::new() }
    }

    /// Leaves out what cannot be measured there.
    pub(crate) fn at(self, place: &Place) -> Self {
        let (mut runs, mut left_out) = (Vec::new(), Vec::new());
        for run in self.runs {
            match place.lacks(run.scenario) {
                Some(why) => left_out.push(LeftOut { scenario: run.scenario.name(), why }),
                None => runs.push(run),
            }
        }
        Self { runs, left_out, ..self }
    }
}

impl Display for LeftOut {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} is left out: {}", self.scenario, self.why)
    }
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
    /// What the connector that is started keeps, if not what the scenario does by default.
    pub(crate) store: Option<Store>,
}

impl Run {
    pub(crate) fn of(scenario: Scenario, agents: u32, at_once: u32) -> Self {
        Self { scenario, agents, clients: 1, at_once: agents.min(at_once), waiting: 0, store: None }
    }
}

impl Display for Run {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { agents, clients, waiting, .. } = self;
        let (scenario, store) =
            (self.scenario.name(), self.store.map(|store| format!(", store {}", store.name())));
        write!(
            f,
            "{scenario} with {agents} agents, {clients} clients, {waiting} events waiting{}",
            store.unwrap_or_default()
        )
    }
}

/// How many agents sign in at the same time.
const MORNING: u32 = 100;

/// Signs in 100 agents at once, as in the morning; then a shift.
pub(crate) fn sizing(sizes: &[u32], shift: Shift) -> Suite {
    let runs = sizes.iter().map(|agents| Run::of(Scenario::Shift(shift), *agents, MORNING));
    Suite::new(runs, sizing_table)
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
        let files = report.phases.iter().filter_map(|phase| server(phase)).map(|cost| cost.open_files).max();
        let processors =
            |cost: &Cost| format!("{:.2}", cost.seconds() / shift.seconds.max(f64::MIN_POSITIVE));
        let _ = writeln!(
            text,
            "| {} | {:.1} s | {} | {} | {:.0} | {:.0}, {:.0} ms | {} | {} | {} | {} | {} |",
            report.agents,
            login.seconds,
            if_measured(server(login), |cost| format!("{:.2}", cost.seconds())),
            resident(login),
            shift.events_per_second,
            answer.p50_ms,
            answer.p99_ms,
            if_measured(server(shift), processors),
            resident(shift),
            if_measured(report.peak("server"), mebibytes),
            if_measured(files, |files| files.to_string()),
            if_measured(Cost::of(&shift.processes, "simulator"), processors),
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
    Suite::new(agents.into_iter().chain(others), growth_table)
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
            "| {} | {} | {} | {:.0} | {:.0} | {} | {:.0} | {:.0} |",
            report.agents,
            report.clients,
            report.waiting,
            shift.events_per_second,
            an_event(shift, "server"),
            resident(shift),
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
    let runs = stores.map(|store| Run { clients: 10, store: Some(store), ..Run::of(shift, 1000, MORNING) });
    Suite::new(runs, stores_table)
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
            "| {} | {:.0} | {} | {} | {} | {:.0} | {} | {}, {} |",
            report.store.unwrap_or_default(),
            shift.events_per_second,
            times("ring"),
            times("AnswerCall"),
            times("ReleaseCall"),
            an_event(shift, "server"),
            resident(shift),
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
    Cost::of(&phase.processes, process).map_or(0.0, Cost::seconds) * 1e6 / phase.events.max(1) as f64
}

/// What the connector used.
fn server(phase: &PhaseReport) -> Option<&Cost> {
    Cost::of(&phase.processes, "server")
}

/// The memory of the connector.
fn resident(phase: &PhaseReport) -> String {
    if_measured(server(phase), |cost| mebibytes(cost.rss_bytes))
}

/// What stands where there is no figure.
pub(crate) const NOTHING: &str = "-";

/// A figure of a process; processes of a connector that runs may not be known.
pub(crate) fn if_measured<T>(figure: Option<T>, shown: impl FnOnce(T) -> String) -> String {
    figure.map_or_else(|| NOTHING.to_owned(), shown)
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.0} MiB", bytes as f64 / f64::from(1 << 20))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::phase_report::StepReport;
    use crate::tally::Tally;

    pub(crate) fn cost(name: &'static str, user_seconds: f64, rss: u64) -> Cost {
        Cost {
            name,
            user_seconds,
            system_seconds: 0.5,
            rss_bytes: rss << 20,
            peak_bytes: 100 << 20,
            open_files: 600,
        }
    }

    pub(crate) fn phase(name: &'static str, seconds: f64) -> PhaseReport {
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
            first_failures: Vec::new(),
            processes: vec![cost("server", 1.5, 80), cost("simulator", 0.5, 10)],
        }
    }

    pub(crate) fn report(scenario: &'static str, phases: Vec<PhaseReport>) -> Report {
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
