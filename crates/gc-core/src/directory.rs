//! What is asked of the sources that are not Finesse, and what they answer (docs/directory.md).
//!
//! Only the questions and the answers, as values: who asks them stands behind the trait `Directory` of
//! gc-session, the real sources in gc-directory.

use std::fmt;

use finesse_types::{User, UserState};
use gc_events::{
    AgentExtension, ErrorCode, Event, QueueStats, SkillGroup, Supervisor, Supervisors, UccxQueue,
};
use gc_protocol::SkillGroupRange;
use thiserror::Error;

use crate::render;

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// The names of skill groups (GETSKILLGROUP).
    SkillGroups(SkillGroupRange),
    /// The supervisors (GETSUPERVISOR).
    Supervisors,
    /// A mobile agent's port and the number to dial (GETAGENTEXTENSION).
    AgentExtension {
        /// The "F number", as the client sent it.
        number: String,
    },
    /// The queues of UCCX (getqueuelist there).
    QueueStatistics,
    /// The recorder (ZOOMPauseRecording, ZOOMResumeRecording).
    Recording {
        /// What it is to do.
        action: RecordingAction,
        /// The agent whose call is recorded.
        agent_id: String,
        /// The extension of that agent.
        extension: String,
        /// The agent's call, when there is one.
        dialog_id: Option<String>,
    },
}

impl Query {
    /// Who can answer it.
    pub fn source(&self) -> Source {
        match self {
            Self::SkillGroups(_) | Self::Supervisors => Source::CceConfiguration,
            Self::AgentExtension { .. } => Source::Axl,
            Self::QueueStatistics => Source::CcxStatistics,
            Self::Recording { .. } => Source::Recorder,
        }
    }
}

/// What the recorder is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordingAction {
    /// Leave out what is said from now on.
    Pause,
    /// Record again.
    Resume,
}

/// The answer to a [`Query`], of the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Names of skill groups, in the source's order.
    SkillGroups(Vec<String>),
    /// Supervisors. The configuration that lists them knows no states: all are LOGOUT and without extension
    /// until [`Found::with_states`] fills them in.
    Supervisors(Vec<Supervisor>),
    /// Port and number.
    AgentExtension(AgentExtension),
    /// Queues with their numbers.
    QueueStatistics(Vec<UccxQueue>),
    /// The recorder did it: a text for the agent.
    Recording(String),
}

impl Found {
    /// The same answer with the states and extensions of those supervisors whom Finesse's list of users has
    /// (`Request::Users`, which only an administrator may read). The others stay as they are.
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

    /// The same answer when Finesse's list of users, which was to be had, could not be read.
    #[must_use]
    pub fn without_states(mut self) -> Self {
        if let Self::Supervisors(supervisors) = &mut self {
            for supervisor in supervisors {
                supervisor.supervisor_state = UserState::Unknown.to_string();
            }
        }
        self
    }

    /// The event that tells the agent who asked.
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

/// A source that is not Finesse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The configuration API of Unified CCE.
    CceConfiguration,
    /// Administrative XML of Unified Communications Manager.
    Axl,
    /// Whatever tells the queue statistics of UCCX.
    CcxStatistics,
    /// The recorder.
    Recorder,
}

impl Source {
    /// The section of the configuration that describes it.
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

/// Why there is no answer. The text is for the agent: it names the source, and no secret or URL.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum LookupError {
    /// This server knows no such source.
    #[error("{from} is not configured: {} is missing in the server's configuration.", from.section())]
    NotConfigured {
        /// Which one.
        from: Source,
    },
    /// The source understood, and refuses.
    #[error("{from} refused the request (HTTP {status}{}).", reason(text))]
    Refused {
        /// Who refuses.
        from: Source,
        /// The HTTP status.
        status: u16,
        /// What it said, one short line; empty when it said nothing that is for people.
        text: String,
    },
    /// There is no connection to the source, or it broke.
    #[error("{from} cannot be reached.")]
    Unreachable {
        /// Who.
        from: Source,
        /// What the network said: for the log, not for the agent.
        reason: String,
    },
    /// The source did not answer in time; what it was asked to do may be done all the same.
    #[error("{from} did not answer in time.")]
    TimedOut {
        /// Who.
        from: Source,
    },
    /// The source's answer is not what it should be.
    #[error("{from} gave an answer that cannot be used: {reason}.")]
    Unreadable {
        /// Who.
        from: Source,
        /// What is wrong with it.
        reason: String,
    },
    /// The source does not have it.
    #[error("{from} has no {what}.")]
    NotFound {
        /// Who.
        from: Source,
        /// What was looked for.
        what: String,
    },
}

fn reason(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

impl LookupError {
    /// The code of the `Error` event. All but one are GENERAL_ERROR: DOWN, NOT_REACHABLE and Unauthorized
    /// speak of Finesse and of the agent's own password, and a client would act on that.
    pub fn code(&self) -> ErrorCode {
        match self {
            // Whether it was done is not known.
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
    fn supervisors_get_the_state_and_extension_that_finesse_knows() {
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
    fn a_refusal_says_what_the_source_said() {
        let refused =
            |text: &str| LookupError::Refused { from: Source::Recorder, status: 403, text: text.to_owned() };
        assert_eq!(
            refused("no licence").to_string(),
            "The recorder refused the request (HTTP 403: no licence)."
        );
        assert_eq!(refused("").to_string(), "The recorder refused the request (HTTP 403).");
    }

    #[test]
    fn only_a_timeout_asks_for_another_try() {
        let error = LookupError::TimedOut { from: Source::Axl };
        assert_eq!(error.code(), ErrorCode::PleaseRetry);
        let broken = LookupError::Unreachable { from: Source::Axl, reason: "10.1.2.3 refused".to_owned() };
        assert!(broken.message().starts_with("The Communications Manager cannot be reached. You can go on"));
    }
}
