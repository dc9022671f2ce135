//! The report as text.

use std::fmt::{self, Display, Formatter};

use crate::outage::Outage;
use crate::phase_report::PhaseReport;
use crate::process::Cost;
use crate::report::Report;
use crate::restart::Restart;
use crate::samples::Summary;

/// Displays a report as text.
pub(crate) struct Table<'a>(pub(crate) &'a Report);

impl Display for Table<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Report { agents, clients, at_once, events_by, processors, .. } = self.0;
        writeln!(
            f,
            "agents {agents}, clients {clients}, at once {at_once}, events by {events_by}, processors {processors}"
        )?;
        self.0.phases.iter().try_for_each(|phase| write_phase(f, phase))?;
        if let Some(outage) = &self.0.outage {
            write_outage(f, outage)?;
        }
        if let Some(restart) = &self.0.restart {
            write_restart(f, restart)?;
        }
        let events = &self.0.events;
        write!(
            f,
            "\nevents: {} received, {} repeated, {} missing",
            events.received, events.repeated, events.missing
        )?;
        if events.unreadable > 0 {
            write!(f, ", {} unreadable", events.unreadable)?;
        }
        events
            .unsolicited
            .iter()
            .try_for_each(|(code, count)| write!(f, "\nno command's error: {code} {count}"))
    }
}

fn write_phase(f: &mut Formatter<'_>, phase: &PhaseReport) -> fmt::Result {
    let PhaseReport { name, began, completed, seconds, events, events_per_second, .. } = phase;
    writeln!(
        f,
        "\n{name}: {completed} of {began} agents in {seconds:.2} s, {events} events ({events_per_second:.0}/s)"
    )?;
    writeln!(
        f,
        "  {:<14}{:>7}{:>10}{:>10}{:>10}{:>10}{:>10}",
        "ms", "count", "min", "avg", "p50", "p99", "max"
    )?;
    phase.steps.iter().try_for_each(|step| write_times(f, step.name, &step.times))?;
    write_times(f, "all steps", &phase.chain)?;
    phase.errors.iter().try_for_each(|(code, count)| writeln!(f, "  failed: {code} {count}"))?;
    if !phase.processes.is_empty() {
        writeln!(f, "  {:<14}{:>17}{:>10}{:>10}{:>10}", "", "user s", "system s", "RSS MiB", "peak MiB")?;
    }
    phase.processes.iter().try_for_each(|cost| write_cost(f, cost))
}

fn write_outage(f: &mut Formatter<'_>, outage: &Outage) -> fmt::Result {
    let Outage { away_seconds, back, streams_seconds, quiet_seconds, .. } = outage;
    let Outage {
        logins, logins_per_agent, requests, most_logins_per_second, most_requests_per_second, ..
    } = outage;
    writeln!(
        f,
        "\noutage of {away_seconds:.0} s: {back} agents with a stream {streams_seconds:.2} s after the return, \
         the last request after {quiet_seconds:.2} s"
    )?;
    writeln!(
        f,
        "  {logins} logins ({logins_per_agent:.2} for each agent, {most_logins_per_second} in the busiest second), \
         {requests} requests ({most_requests_per_second} in the busiest second)"
    )?;
    writeln!(f, "  {:<14}{:>17}{:>10}{:>10}{:>10}", "", "user s", "system s", "RSS MiB", "peak MiB")?;
    outage.processes.iter().try_for_each(|cost| write_cost(f, cost))
}

fn write_restart(f: &mut Formatter<'_>, restart: &Restart) -> fmt::Result {
    let Restart { ending, stop_seconds, start_seconds, streams_seconds, back, .. } = restart;
    let Restart { logins, requests, commands_sent_again, .. } = restart;
    writeln!(
        f,
        "\nthe connector was {ending} in {stop_seconds:.2} s; after its end it took commands again in {start_seconds:.2} s, and \
         {back} agents had a stream in {streams_seconds:.2} s"
    )?;
    writeln!(f, "  {logins} logins, {requests} requests, {commands_sent_again} commands sent again")?;
    writeln!(f, "  {:<14}{:>17}{:>10}{:>10}{:>10}", "", "user s", "system s", "RSS MiB", "peak MiB")?;
    restart.processes.iter().try_for_each(|cost| write_cost(f, cost))
}

fn write_times(f: &mut Formatter<'_>, name: &str, times: &Summary) -> fmt::Result {
    let Summary { count, min_ms, avg_ms, p50_ms, p99_ms, max_ms } = times;
    writeln!(
        f,
        "  {name:<14}{count:>7}{min_ms:>10.2}{avg_ms:>10.2}{p50_ms:>10.2}{p99_ms:>10.2}{max_ms:>10.2}"
    )
}

fn write_cost(f: &mut Formatter<'_>, cost: &Cost) -> fmt::Result {
    let Cost { name, user_seconds, system_seconds, rss_bytes, peak_bytes } = cost;
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let (rss, peak) = (mebibytes(*rss_bytes), mebibytes(*peak_bytes));
    writeln!(f, "  {name:<14}{user_seconds:>17.2}{system_seconds:>10.2}{rss:>10.1}{peak:>10.1}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::inbox::Tally;
    use crate::phase_report::StepReport;

    #[test]
    fn a_report_is_printed_as_a_table() {
        let times = Summary { count: 2, min_ms: 1.0, avg_ms: 1.5, p50_ms: 1.0, p99_ms: 2.0, max_ms: 2.0 };
        let cost = Cost {
            name: "server",
            user_seconds: 0.25,
            system_seconds: 0.1,
            rss_bytes: 80 << 20,
            peak_bytes: 176 << 19,
        };
        let phase = PhaseReport {
            name: "release",
            began: 3,
            completed: 2,
            seconds: 0.5,
            events: 4,
            events_per_second: 8.0,
            steps: vec![StepReport { name: "ReleaseCall", times }],
            chain: times,
            errors: BTreeMap::from([("NO_DIALOG_ID".to_owned(), 1)]),
            processes: vec![cost],
        };
        let report = Report {
            scenario: "calls",
            agents: 3,
            clients: 1,
            at_once: 3,
            events_by: "callback",
            processors: 2,
            phases: vec![phase],
            outage: None,
            restart: None,
            events: Tally {
                received: 4,
                unsolicited: BTreeMap::from([("DOWN".to_owned(), 1)]),
                ..Tally::default()
            },
        };
        let expected = "\
agents 3, clients 1, at once 3, events by callback, processors 2

release: 2 of 3 agents in 0.50 s, 4 events (8/s)
  ms              count       min       avg       p50       p99       max
  ReleaseCall         2      1.00      1.50      1.00      2.00      2.00
  all steps           2      1.00      1.50      1.00      2.00      2.00
  failed: NO_DIALOG_ID 1
                           user s  system s   RSS MiB  peak MiB
  server                     0.25      0.10      80.0      88.0

events: 4 received, 0 repeated, 0 missing
no command's error: DOWN 1";
        assert_eq!(Table(&report).to_string(), expected);
        assert!(!report.is_good());
    }
}
