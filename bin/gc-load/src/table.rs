//! The report as text.

use std::fmt::{self, Display, Formatter};

use crate::outage::Outage;
use crate::phase_report::{Failure, PhaseReport};
use crate::process::Cost;
use crate::report::Report;
use crate::restart::Restart;
use crate::samples::Summary;
use crate::takeover::Takeover;
use crate::tally::Tally;

/// Displays a report as text.
pub(crate) struct Table<'a>(pub(crate) &'a Report);

impl Display for Table<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Report { agents, clients, connectors, at_once, events_by, processors, .. } = self.0;
        let store = self.0.store.map(|store| format!(", store {store}")).unwrap_or_default();
        writeln!(
            f,
            "agents {agents}, clients {clients}, connectors {connectors}{store}, at once {at_once}, events by {events_by}, \
             processors {processors}"
        )?;
        self.0.phases.iter().try_for_each(|phase| write_phase(f, phase))?;
        if let Some(outage) = &self.0.outage {
            write_outage(f, outage)?;
        }
        if let Some(restart) = &self.0.restart {
            write_restart(f, restart)?;
        }
        if let Some(takeover) = &self.0.takeover {
            write_takeover(f, takeover)?;
        }
        let events = &self.0.events;
        write!(f, "\nevents: {}", arrived(events))?;
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
    phase.errors.iter().try_for_each(|error| write_error(f, error, &phase.first_failures))?;
    if !phase.processes.is_empty() {
        write_costs(f, &phase.processes)?;
    }
    Ok(())
}

/// `failed: NO_DIALOG_ID 4: 1001 at ReleaseCall, …`: the count, and who was the first.
fn write_error(f: &mut Formatter<'_>, (code, count): (&String, &u64), first: &[Failure]) -> fmt::Result {
    let first = first.iter().filter(|failure| failure.code == *code);
    let mut first: Vec<_> = first.map(|Failure { agent, step, .. }| format!("{agent} at {step}")).collect();
    if !first.is_empty() && first.len() as u64 != *count {
        first.push("…".to_owned());
    }
    let colon = if first.is_empty() { "" } else { ": " };
    writeln!(f, "  failed: {code} {count}{colon}{}", first.join(", "))
}

fn write_outage(f: &mut Formatter<'_>, outage: &Outage) -> fmt::Result {
    let Outage { away_seconds, back, streams, quiet_seconds, .. } = outage;
    let Outage {
        logins, logins_per_agent, requests, most_logins_per_second, most_requests_per_second, ..
    } = outage;
    writeln!(
        f,
        "\noutage of {away_seconds:.0} s: {back} agents with a stream {:.2} s after the return, \
         the last request after {quiet_seconds:.2} s",
        streams.max_ms / 1e3
    )?;
    write_times(f, "stream", streams)?;
    writeln!(
        f,
        "  {logins} logins ({logins_per_agent:.2} for each agent, {most_logins_per_second} in the busiest second), \
         {requests} requests ({most_requests_per_second} in the busiest second)"
    )?;
    write_costs(f, &outage.processes)
}

fn write_restart(f: &mut Formatter<'_>, restart: &Restart) -> fmt::Result {
    let Restart { ending, stop_seconds, start_seconds, streams, back, .. } = restart;
    let Restart { logins, requests, commands_sent_again, .. } = restart;
    writeln!(
        f,
        "\nthe connector was {ending} in {stop_seconds:.2} s; after its end it took commands again in {start_seconds:.2} s, and \
         {back} agents had a stream in {:.2} s",
        streams.max_ms / 1e3
    )?;
    write_times(f, "stream", streams)?;
    writeln!(f, "  {logins} logins, {requests} requests, {commands_sent_again} commands sent again")?;
    write_costs(f, &restart.processes)
}

fn write_times(f: &mut Formatter<'_>, name: &str, times: &Summary) -> fmt::Result {
    let Summary { count, min_ms, avg_ms, p50_ms, p99_ms, max_ms } = times;
    writeln!(
        f,
        "  {name:<14}{count:>7}{min_ms:>10.2}{avg_ms:>10.2}{p50_ms:>10.2}{p99_ms:>10.2}{max_ms:>10.2}"
    )
}

fn write_takeover(f: &mut Formatter<'_>, takeover: &Takeover) -> fmt::Result {
    let Takeover { killed, lead_seconds, back, commands_seconds, logins, requests, .. } = takeover;
    let Takeover { commands_sent_again, signed_out, streams, events, .. } = takeover;
    writeln!(
        f,
        "\n{killed}, which led, was killed; another one led after {lead_seconds:.2} s, {back} agents had a stream after {:.2} s, and the last \
         agent's command had its effect after {commands_seconds:.2} s",
        streams.max_ms / 1e3
    )?;
    write_times(f, "stream", streams)?;
    writeln!(
        f,
        "  {logins} logins, {requests} requests, {commands_sent_again} commands sent again, {signed_out} agents signed out; \
         events: {}",
        arrived(events)
    )
}

/// What arrived, and what was wrong with it.
fn arrived(events: &Tally) -> String {
    let more = [
        ("out of order", events.out_of_order),
        ("renumbered", events.renumbered),
        ("new epochs", events.new_epochs),
        ("unreadable", events.unreadable),
    ];
    let more = more.into_iter().filter(|(_, count)| *count > 0);
    let more: String = more.map(|(name, count)| format!(", {count} {name}")).collect();
    let Tally { received, repeated, missing, .. } = events;
    format!("{received} received, {repeated} repeated, {missing} missing{more}")
}

fn write_costs(f: &mut Formatter<'_>, costs: &[Cost]) -> fmt::Result {
    writeln!(
        f,
        "  {:<14}{:>17}{:>10}{:>10}{:>10}{:>10}",
        "", "user s", "system s", "RSS MiB", "peak MiB", "files"
    )?;
    costs.iter().try_for_each(|cost| write_cost(f, cost))
}

fn write_cost(f: &mut Formatter<'_>, cost: &Cost) -> fmt::Result {
    let Cost { name, user_seconds, system_seconds, rss_bytes, peak_bytes, open_files } = cost;
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let (rss, peak) = (mebibytes(*rss_bytes), mebibytes(*peak_bytes));
    writeln!(
        f,
        "  {name:<14}{user_seconds:>17.2}{system_seconds:>10.2}{rss:>10.1}{peak:>10.1}{open_files:>10}"
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
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
            open_files: 1234,
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
            errors: BTreeMap::from([("NO_DIALOG_ID".to_owned(), 2), ("cancelled".to_owned(), 1)]),
            first_failures: vec![Failure {
                agent: "1003".to_owned(),
                step: "ReleaseCall",
                code: "NO_DIALOG_ID".to_owned(),
            }],
            processes: vec![cost],
        };
        let report = Report {
            scenario: "calls",
            agents: 3,
            clients: 1,
            connectors: 1,
            store: None,
            waiting: 0,
            at_once: 3,
            events_by: "callback",
            processors: 2,
            phases: vec![phase],
            outage: None,
            restart: None,
            takeover: None,
            events: Tally {
                received: 4,
                unsolicited: BTreeMap::from([("DOWN".to_owned(), 1)]),
                ..Tally::default()
            },
        };
        let expected = "\
agents 3, clients 1, connectors 1, at once 3, events by callback, processors 2

release: 2 of 3 agents in 0.50 s, 4 events (8/s)
  ms              count       min       avg       p50       p99       max
  ReleaseCall         2      1.00      1.50      1.00      2.00      2.00
  all steps           2      1.00      1.50      1.00      2.00      2.00
  failed: NO_DIALOG_ID 2: 1003 at ReleaseCall, …
  failed: cancelled 1
                           user s  system s   RSS MiB  peak MiB     files
  server                     0.25      0.10      80.0      88.0      1234

events: 4 received, 0 repeated, 0 missing
no command's error: DOWN 1";
        assert_eq!(Table(&report).to_string(), expected);
        assert!(!report.is_good());
    }
}
