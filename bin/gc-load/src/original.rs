//! The load report of the original product made again, with a steady shift, an outage and a restart.

use std::fmt::Write;
use std::time::Duration;

use crate::process::Cost;
use crate::report::Report;
use crate::samples::Summary;
use crate::scenario::{Ending, RestartPlan, Scenario, Shift};
use crate::suite::{NOTHING, Run, Suite, if_measured};

/// A row of the original's load report (Generic Connector 4.4.12, 8 virtual processors, 16 GB; published with its deployment
/// guide): scenario, agents, response time on average and at most in ms, memory in MB.
struct Published(&'static str, u32, u32, u32, u32);

const PUBLISHED: [Published; 6] = [
    Published("login", 500, 11_200, 31_300, 2640),
    Published("login", 1000, 19_500, 30_900, 3490),
    Published("ready", 500, 3590, 6100, 2640),
    Published("ready", 1000, 7270, 13_100, 4000),
    Published("calls", 500, 14_600, 17_400, 2980),
    Published("calls", 1000, 21_000, 36_000, 4030),
];

/// All agents at once in each of its scenarios, and in those that it does not have.
pub(crate) fn report(sizes: &[u32], shift: Shift, away: Duration) -> Suite {
    let scenarios = [
        Scenario::Login,
        Scenario::Ready,
        Scenario::Calls,
        Scenario::Shift(shift),
        Scenario::Outage { away },
        Scenario::Restart(shift, RestartPlan { after: shift.length / 3, ending: Ending::Stopped }),
    ];
    let runs =
        scenarios.iter().flat_map(|scenario| sizes.iter().map(|agents| Run::of(*scenario, *agents, *agents)));
    Suite::new(runs, table)
}

/// What a row is about.
struct Part<'a> {
    name: String,
    response: &'a Summary,
    processes: &'a [Cost],
}

impl<'a> Part<'a> {
    /// The part of a run that its scenario is for. What the original calls a response is logging in and out; logging in and ready; the
    /// call until it is answered.
    fn of(report: &'a Report) -> Option<Self> {
        if let Some(outage) = &report.outage {
            let name = format!("stream again after an outage of {:.0} s", outage.away_seconds);
            return Some(Self { name, response: &outage.streams, processes: &outage.processes });
        }
        if let Some(restart) = &report.restart {
            let name = "stream again after a restart".to_owned();
            return Some(Self { name, response: &restart.streams, processes: &restart.processes });
        }
        let phase = match (report.scenario, report.phases.as_slice()) {
            ("calls" | "shift", [_, phase, ..]) | (_, [phase, ..]) => phase,
            _ => return None,
        };
        let steps: Vec<_> = phase.steps.iter().map(|step| step.name).collect();
        let name = match report.scenario {
            "shift" => format!("{}: {}", phase.name, steps.join(", ")),
            _ => phase.name.to_owned(),
        };
        Some(Self { name, response: &phase.chain, processes: &phase.processes })
    }

    /// The CPU time of a process, if it was measured.
    fn cpu(&self, process: &str) -> String {
        if_measured(Cost::of(self.processes, process), |cost| format!("{:.2}", cost.seconds()))
    }
}

fn table(reports: &[Report]) -> String {
    let mut text = "\
| scenario | agents | response, ms: min, avg, p50, p99, max | the original's: avg (max) | connector: CPU s | memory | the original's | simulator: CPU s | memory | events missing, repeated |
|---|---|---|---|---|---|---|---|---|---|
"
    .to_owned();
    for report in reports {
        let Some(part) = Part::of(report) else { continue };
        let Summary { min_ms, avg_ms, p50_ms, p99_ms, max_ms, .. } = part.response;
        let published = PUBLISHED
            .iter()
            .find(|Published(scenario, agents, ..)| (*scenario, *agents) == (report.scenario, report.agents));
        let (response, memory) = match published {
            Some(Published(_, _, average, most, memory)) => {
                (format!("{average} ({most})"), format!("{memory} MB"))
            }
            None => (NOTHING.to_owned(), NOTHING.to_owned()),
        };
        let peak =
            |process| if_measured(report.peak(process), |bytes| format!("{:.0} MB", bytes as f64 / 1e6));
        let agents = match report.completed() {
            all if all >= report.agents as usize => all.to_string(),
            some => format!("{some} of {}", report.agents),
        };
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "| {} | {agents} | {min_ms:.0}, {avg_ms:.0}, {p50_ms:.0}, {p99_ms:.0}, {max_ms:.0} | {response} | {} | {} | {memory} | {} | {} | {}, {} |",
            part.name,
            part.cpu("server"),
            peak("server"),
            part.cpu("simulator"),
            peak("simulator"),
            report.events.missing,
            report.events.repeated,
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outage::Outage;
    use crate::place::Place;
    use crate::restart::Restart;
    use crate::suite::LeftOut;
    use crate::suite::tests::{cost, phase, report as run};

    const SECOND: Duration = Duration::from_secs(1);
    const SHIFT: Shift = Shift { length: Duration::from_secs(30), interval: SECOND, talk: SECOND };

    fn rows(reports: &[Report]) -> Vec<String> {
        table(reports).lines().skip(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_originals_figures_stand_beside_those_of_the_same_scenario_and_size() {
        let calls = vec![phase("log in and ready", 9.0), phase("ring and answer", 2.0)];
        let shift = vec![phase("log in and ready", 9.0), phase("shift", 2.0)];
        let rows = rows(&[
            run("login", vec![phase("log in and out", 2.0)]),
            run("calls", calls),
            run("shift", shift),
        ]);
        let here = "| 1, 1500, 20, 40, 2000 |";
        assert_eq!(
            rows,
            [
                format!(
                    "| log in and out | 500 {here} 11200 (31300) | 2.00 | 105 MB | 2640 MB | 1.00 | 105 MB | 0, 0 |"
                ),
                format!(
                    "| ring and answer | 500 {here} 14600 (17400) | 2.00 | 105 MB | 2980 MB | 1.00 | 105 MB | 0, 0 |"
                ),
                format!("| shift: AnswerCall | 500 {here} - | 2.00 | 105 MB | - | 1.00 | 105 MB | 0, 0 |"),
            ]
        );
        let runs = report(&[500, 1000], SHIFT, SECOND).runs;
        assert!(
            PUBLISHED
                .iter()
                .all(|row| runs.iter().any(|run| (run.scenario.name(), run.agents) == (row.0, row.1)))
        );
        assert!(runs.iter().all(|run| run.agents == run.at_once));
    }

    #[test]
    fn of_an_outage_and_a_restart_the_row_has_the_streams_and_what_was_used_until_then() {
        let streams = Summary { count: 499, min_ms: 7.0, avg_ms: 8.0, p50_ms: 8.4, p99_ms: 9.0, max_ms: 9.6 };
        let (logins, requests) = (500, 1000);
        let outage = Outage {
            away_seconds: 20.0,
            back: 499,
            streams,
            quiet_seconds: 3.0,
            logins,
            logins_per_agent: 1.0,
            requests,
            most_logins_per_second: 500,
            most_requests_per_second: 500,
            processes: vec![cost("server", 0.25, 80)],
        };
        let restart = Restart {
            ending: "stopped",
            stop_seconds: 0.1,
            start_seconds: 0.2,
            streams,
            back: 500,
            logins,
            requests,
            commands_sent_again: 0,
            processes: vec![Cost { peak_bytes: 300 << 20, ..cost("server", 4.5, 80) }],
        };
        let phases = || vec![phase("log in and ready", 9.0), phase("shift", 2.0)];
        let rows = rows(&[
            Report { outage: Some(outage), ..run("outage", phases()) },
            Report { restart: Some(restart), ..run("restart", phases()) },
        ]);
        assert_eq!(
            rows,
            [
                "| stream again after an outage of 20 s | 499 of 500 | 7, 8, 8, 9, 10 | - | 0.75 | 105 MB | - | - | 105 MB | 0, 0 |",
                "| stream again after a restart | 500 | 7, 8, 8, 9, 10 | - | 5.00 | 315 MB | - | - | 105 MB | 0, 0 |",
            ]
        );
    }

    #[test]
    fn a_process_that_is_not_known_has_no_figures() {
        let mut phase = phase("log in and out", 2.0);
        phase.processes = vec![cost("gc-load", 1.0, 10)];
        let row = "| log in and out | 500 | 1, 1500, 20, 40, 2000 | 11200 (31300) | - | - | 2640 MB | - | - | 0, 0 |";
        assert_eq!(rows(&[run("login", vec![phase])]), [row]);
    }

    #[test]
    fn what_a_connector_that_runs_does_not_allow_is_left_out_and_said() {
        let at = |options: &[&str]| {
            let place = Place::of(options);
            let Suite { runs, left_out, .. } =
                report(&place.sizes(vec![500, 1000]), SHIFT, SECOND).at(&place);
            let runs: Vec<_> = runs.iter().map(|run| (run.scenario.name(), run.agents)).collect();
            let left_out: Vec<_> = left_out.iter().map(|LeftOut { scenario, .. }| *scenario).collect();
            (runs, left_out)
        };
        let (runs, left_out) = at(&[]);
        assert_eq!((runs.len(), left_out.len()), (12, 0));
        let server = ["--server", "http://gc.example", "--agents", "7"];
        let (runs, left_out) = at(&server);
        assert_eq!(runs, [("login", 7), ("ready", 7)]);
        assert_eq!(left_out, ["calls", "shift", "outage", "restart"]);
        let (runs, left_out) = at(&[&server[..], &["--control", "http://sim.example"]].concat());
        assert_eq!(runs, [("login", 7), ("ready", 7), ("calls", 7), ("shift", 7), ("outage", 7)]);
        assert_eq!(left_out, ["restart"]);
    }
}
