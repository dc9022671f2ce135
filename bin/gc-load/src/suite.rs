//! Several runs and one table: the load report of the original product made again, and what so many agents need.

use std::fmt::Write;

use crate::phase_report::PhaseReport;
use crate::process::Cost;
use crate::report::Report;
use crate::scenario::{Scenario, Shift};

/// Runs, one after the other, each with a connector and a simulator of its own.
#[derive(Debug)]
pub(crate) struct Suite {
    /// The scenario, how many agents, and how many of them at once.
    pub(crate) runs: Vec<(Scenario, u32, u32)>,
    /// What is printed of their reports.
    pub(crate) table: fn(&[Report]) -> String,
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
    let runs = scenarios.iter().flat_map(|scenario| sizes.iter().map(|agents| (*scenario, *agents, *agents)));
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

/// Signs in 100 agents at once, as in the morning; then a shift.
pub(crate) fn sizing(sizes: &[u32], shift: Shift) -> Suite {
    let runs = sizes.iter().map(|agents| (Scenario::Shift(shift), *agents, 100.min(*agents)));
    Suite { runs: runs.collect(), table: sizing_table }
}

fn sizing_table(reports: &[Report]) -> String {
    let mut text = "\
| agents | log in and ready | CPU s of it | RSS then | shift: events/s | `AnswerCall` p50, p99 | processors used | RSS then | peak | simulator: processors used |
|---|---|---|---|---|---|---|---|---|---|
"
    .to_owned();
    for report in reports {
        let [login, shift, ..] = report.phases.as_slice() else { continue };
        let answer = shift
            .steps
            .iter()
            .find(|step| step.name == "AnswerCall")
            .map(|step| step.times)
            .unwrap_or_default();
        let _ = writeln!(
            text,
            "| {} | {:.1} s | {:.2} | {:.0} MiB | {:.0} | {:.0}, {:.0} ms | {:.2} | {:.0} MiB | {:.0} MiB | {:.2} |",
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
            of(shift, "simulator").map_or(0.0, seconds) / shift.seconds.max(f64::MIN_POSITIVE),
        );
    }
    text
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
    use crate::inbox::Tally;
    use crate::phase_report::StepReport;
    use crate::samples::Summary;

    fn phase(name: &'static str, seconds: f64) -> PhaseReport {
        let cost = |name, user_seconds, rss: u64| Cost {
            name,
            user_seconds,
            system_seconds: 0.5,
            rss_bytes: rss << 20,
            peak_bytes: 100 << 20,
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
            at_once: 500,
            events_by: "callback",
            processors: 2,
            phases,
            outage: None,
            restart: None,
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
        assert!(PUBLISHED.iter().all(|row| runs.iter().any(|run| (run.0.name(), run.1) == (row.0, row.1))));
        assert!(runs.iter().all(|(_, agents, at_once)| agents == at_once));
    }

    #[test]
    fn a_size_is_a_row_with_what_the_connector_needed() {
        let phases = vec![phase("log in and ready", 4.0), phase("shift", 10.0)];
        let table = sizing_table(&[report("shift", phases)]);
        let row = table.lines().nth(2).unwrap();
        assert_eq!(row, "| 500 | 4.0 s | 2.00 | 80 MiB | 50 | 20, 40 ms | 0.20 | 80 MiB | 100 MiB | 0.10 |");
    }
}
