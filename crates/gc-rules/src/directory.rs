//! Queries to sources other than Finesse, and their answers (docs/directory.md).
//!
//! Both are plain values here. [`Directory`](crate::Directory) is the trait of what sends the queries; gc-directory implements the sources.

use std::fmt;

use finesse_types::{User, UserState};
use gc_events::{
    AgentExtension, ErrorCode, Event, QueueStats, SkillGroup, Supervisor, Supervisors, UccxQueue,
};
use gc_protocol::SkillGroupRange;
use thiserror::Error;

use crate::render;

/// A query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// The names of skill groups (GETSKILLGROUP).
    SkillGroups(SkillGroupRange),
    /// The supervisors (GETSUPERVISOR).
    Supervisors,
    /// A mobile agent's port, and the number to dial (GETAGENTEXTENSION).
    AgentExtension {
        /// The "F number" as the client sent it.
        number: String,
    },
    /// The queues of UCCX (getqueuelist on that platform).
    QueueStatistics,
    /// The recorder (ZOOMPauseRecording, ZOOMResumeRecording).
    Recording {
        /// What to do.
        action: RecordingAction,
        /// The agent whose call is recorded.
        agent_id: String,
        /// The extension of that agent.
        extension: String,
        /// The agent's call, if there is one.
        dialog_id: Option<String>,
    },
}

impl Query {
    /// The source that answers it.
    pub fn source(&self) -> Source {
        match self {
            Self::SkillGroups(_) | Self::Supervisors => Source::CceConfiguration,
            Self::AgentExtension { .. } => Source::Axl,
            Self::QueueStatistics => Source::CcxStatistics,
            Self::Recording { .. } => Source::Recorder,
        }
    }
}

/// What the recorder does with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordingAction {
    /// Stops recording for a while.
    Pause,
    /// Continues recording.
    Resume,
}

/// The answer to the [`Query`] of the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The names of skill groups, in the order of the source.
    SkillGroups(Vec<String>),
    /// Supervisors. The source has neither states nor extensions: all are LOGOUT and without an extension until
    /// [`Found::with_states`] sets them.
    Supervisors(Vec<Supervisor>),
    /// The port and the number to dial.
    AgentExtension(AgentExtension),
    /// The queues with their statistics.
    QueueStatistics(Vec<UccxQueue>),
    /// The recorder has done it; the text for the agent.
    Recording(String),
}

impl Found {
    /// Sets the states and extensions of the supervisors in Finesse's list of users (`Request::Users`, which only an
    /// administrator may read). The others stay unchanged.
    #[must_use]
    pub fn with_states(mut self, users: &[User]) -> Self {
        if let Self::Supervisors(supervisors) = &mut self {
            for supervisor in supervisors {
                if let Some(user) = users.iter().find(|user| user.login_id == supervisor.supervisor_id) {
                    supervisor.supervisor_state = user.state.to_string();
                    supervisor.supervisor_extension.clone_from(&user.extension);
                }
            }
        }
        self
    }

    /// Sets the states to UNKNOWN, because Finesse's list of users could not be read.
    #[must_use]
    pub fn without_states(mut self) -> Self {
        if let Self::Supervisors(supervisors) = &mut self {
            for supervisor in supervisors {
                supervisor.supervisor_state = UserState::Unknown.to_string();
            }
        }
        self
    }

    /// The event that answers the command.
    pub fn into_event(self, agent_id: &str) -> Event {
        let agent_id = agent_id.to_owned();
        match self {
            Self::SkillGroups(skill_groups) => Event::SkillGroup(SkillGroup { skill_groups, agent_id }),
            Self::Supervisors(supervisors) => Event::Supervisors(Supervisors { supervisors, agent_id }),
            Self::AgentExtension(extension) => Event::AgentExtension(extension),
            Self::QueueStatistics(queues) => Event::QueueStats(QueueStats::Uccx { queues }),
            Self::Recording(message) => render::status_bar(message, &agent_id),
        }
    }
}

/// A source other than Finesse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The configuration API of Unified CCE.
    CceConfiguration,
    /// Administrative XML (AXL) of Unified Communications Manager.
    Axl,
    /// The source of UCCX queue statistics.
    CcxStatistics,
    /// The recorder.
    Recorder,
}

impl Source {
    /// Its section in the configuration.
    pub fn section(self) -> &'static str {
        match self {
            Self::CceConfiguration => "[directory.cce]",
            Self::Axl => "[directory.axl]",
            Self::CcxStatistics => "[directory.ccx]",
            Self::Recorder => "[directory.recorder]",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CceConfiguration => "The CCE configuration server",
            Self::Axl => "The Communications Manager",
            Self::CcxStatistics => "The source of queue statistics",
            Self::Recorder => "The recorder",
        })
    }
}

/// Why there is no answer. The text is for the agent: it names the source, but no secret or URL.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum LookupError {
    /// The source is not configured.
    #[error("{from} is not configured: {} is missing in the server's configuration.", from.section())]
    NotConfigured {
        /// The source.
        from: Source,
    },
    /// The source refused the request.
    #[error("{from} refused the request (HTTP {status}{}).", reason(text))]
    Refused {
        /// The source.
        from: Source,
        /// The HTTP status.
        status: u16,
        /// The source's reason, one short line; empty if it gave none that is for people.
        text: String,
    },
    /// The source could not be reached, or the connection broke.
    #[error("{from} cannot be reached.")]
    Unreachable {
        /// The source.
        from: Source,
        /// The cause, for the log and not for the agent.
        reason: String,
    },
    /// The source did not answer in time, but may have done what it was asked to do.
    #[error("{from} did not answer in time.")]
    TimedOut {
        /// The source.
        from: Source,
    },
    /// The answer of the source cannot be used.
    #[error("{from} gave an answer that cannot be used: {reason}.")]
    Unreadable {
        /// The source.
        from: Source,
        /// What is wrong with the answer.
        reason: String,
    },
    /// The source does not contain it.
    #[error("{from} has no {what}.")]
    NotFound {
        /// The source.
        from: Source,
        /// What was looked for.
        what: String,
    },
}

fn reason(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

impl LookupError {
    /// The code of the `Error` event. DOWN, NOT_REACHABLE and Unauthorized are not used, because clients take them for
    /// problems with Finesse and with the agent's own password.
    pub fn code(&self) -> ErrorCode {
        match self {
            // It may have been done.
            Self::TimedOut { .. } => ErrorCode::PleaseRetry,
            _ => ErrorCode::GeneralError,
        }
    }

    /// The message of the `Error` event: what is wrong, and what to do.
    pub fn message(&self) -> String {
        format!("{self} {}", self.code().advice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn supervisor(id: &str, state: &str, extension: &str) -> Supervisor {
        Supervisor {
            supervisor_name: format!("sup_{id}"),
            supervisor_id: id.to_owned(),
            supervisor_extension: extension.to_owned(),
            supervisor_state: state.to_owned(),
        }
    }

    #[test]
    fn supervisors_get_their_state_and_extension_from_finesse() {
        let ready = User {
            login_id: "8100".to_owned(),
            extension: "2100".to_owned(),
            state: UserState::from("READY"),
            ..User::default()
        };
        let listed =
            Found::Supervisors(vec![supervisor("8100", "LOGOUT", ""), supervisor("8101", "LOGOUT", "")]);
        let expected = vec![supervisor("8100", "READY", "2100"), supervisor("8101", "LOGOUT", "")];
        assert_eq!(listed.with_states(&[ready]), Found::Supervisors(expected));
    }

    #[test]
    fn every_answer_becomes_the_event_of_its_command() {
        let types = [
            (Found::SkillGroups(vec!["Billing".to_owned()]), "skillGroup"),
            (Found::Supervisors(Vec::new()), "supervisors"),
            (Found::AgentExtension(AgentExtension { port: 3316, dial_number: 3318 }), "agentExtension"),
            (Found::QueueStatistics(Vec::new()), "QueueStats"),
            (Found::Recording("Recording paused.".to_owned()), "Control"),
        ];
        for (found, expected) in types {
            let json = found.into_event("8001").to_json(gc_events::Dialect::Gc4412);
            assert!(json.contains(&format!(r#""type":"{expected}""#)), "{json}");
        }
    }

    #[test]
    fn a_source_that_is_not_configured_is_named_with_its_section() {
        let error = LookupError::NotConfigured { from: Source::CceConfiguration };
        assert_eq!(error.code(), ErrorCode::GeneralError);
        assert_eq!(
            error.message(),
            "The CCE configuration server is not configured: [directory.cce] is missing in the server's \
             configuration. You can go on working; if it happens again, tell the administrator."
        );
    }

    #[test]
    fn a_refusal_contains_the_reason_that_the_source_gives() {
        let refused =
            |text: &str| LookupError::Refused { from: Source::Recorder, status: 403, text: text.to_owned() };
        assert_eq!(
            refused("no licence").to_string(),
            "The recorder refused the request (HTTP 403: no licence)."
        );
        assert_eq!(refused("").to_string(), "The recorder refused the request (HTTP 403).");
    }

    #[test]
    fn only_a_timeout_is_worth_another_attempt() {
        let error = LookupError::TimedOut { from: Source::Axl };
        assert_eq!(error.code(), ErrorCode::PleaseRetry);
        let broken = LookupError::Unreachable { from: Source::Axl, reason: "10.1.2.3 refused".to_owned() };
        assert!(broken.message().starts_with("The Communications Manager cannot be reached. You can go on"));
    }
}
