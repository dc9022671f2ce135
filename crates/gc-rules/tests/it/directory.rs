//! Sources other than Finesse, in the notation of scenarios.

use gc_events::{AgentExtension, Supervisor, UccxCounts, UccxQueue};
use gc_protocol::SkillGroupRange;
use gc_rules::{Found, LookupError, Query, RecordingAction, Source};
use gc_scenario::FoundText;

/// A query as a `gc> look up` line shows it.
pub(crate) fn shown(query: &Query) -> String {
    match query {
        Query::SkillGroups(SkillGroupRange::All) => "skillGroups ALL".to_owned(),
        Query::SkillGroups(SkillGroupRange::Indexing { from, count }) => {
            format!("skillGroups INDEXING {from} {count}")
        }
        Query::Supervisors => "supervisors".to_owned(),
        Query::AgentExtension { number } => format!("agentExtension {number}"),
        Query::QueueStatistics => "queueStatistics".to_owned(),
        Query::Recording { action, agent_id, extension, .. } => {
            let action = match action {
                RecordingAction::Pause => "pause",
                RecordingAction::Resume => "resume",
            };
            format!("recording {action} {agent_id} {extension}")
        }
    }
}

/// The answer of a `directory>` line.
pub(crate) fn found(text: &FoundText) -> Result<Result<Found, LookupError>, String> {
    let values = || text.values.iter();
    Ok(Ok(match (text.kind.as_str(), text.values.as_slice()) {
        ("skillGroups", names) => Found::SkillGroups(names.to_vec()),
        ("supervisors", _) => Found::Supervisors(values().map(|each| supervisor(each)).collect()),
        ("agentExtension", [port, number]) => Found::AgentExtension(AgentExtension {
            port: port.parse().map_err(|_| "the port is a number")?,
            dial_number: number.parse().map_err(|_| "the number to dial is a number")?,
        }),
        ("queueStatistics", queues) => {
            Found::QueueStatistics(queues.iter().map(|each| queue(each)).collect::<Result<_, _>>()?)
        }
        ("recording", [message]) => Found::Recording(message.clone()),
        ("not", [found]) if found == "found" => {
            let (from, what) = (Source::Axl, "such port".to_owned());
            return Ok(Err(LookupError::NotFound { from, what }));
        }
        ("timed", [out]) if out == "out" => return Ok(Err(LookupError::TimedOut { from: Source::Axl })),
        _ => return Err(format!("{text:?} is no answer")),
    }))
}

/// `uma.stone:1091`
fn supervisor(text: &str) -> Supervisor {
    let (name, id) = text.split_once(':').unwrap_or((text, ""));
    Supervisor {
        supervisor_name: name.to_owned(),
        supervisor_id: id.to_owned(),
        supervisor_extension: String::new(),
        supervisor_state: "LOGOUT".to_owned(),
    }
}

/// `Sales:2`: a queue, and how many calls wait in it.
fn queue(text: &str) -> Result<UccxQueue, String> {
    let (name, waiting) = text.split_once(':').ok_or("a queue is written as name:waiting")?;
    let since_midnight = UccxCounts::default();
    let waiting_calls = waiting.parse().map_err(|_| "the waiting calls are a number")?;
    let snapshot = UccxCounts { waiting_calls, ..since_midnight };
    Ok(UccxQueue { queue_name: name.to_owned(), snapshot, since_midnight })
}
