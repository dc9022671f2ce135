//! From a command to name and body.

use crate::argument_error::ArgumentError;
use crate::command::Command;
use crate::name::CommandName;
use crate::values::{MobileMode, SkillGroupRange};
use gc_events::CallVariable;
use secrecy::{ExposeSecret, SecretString};
use std::borrow::Cow;
use thiserror::Error;

/// A command holds an argument that the grammar has no words for, such as a number with a comma.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{command} cannot be written with these arguments")]
pub struct Inexpressible {
    /// The command.
    pub command: CommandName,
    /// What a reader of the written command would find wrong; none when it would read another command.
    #[source]
    pub reason: Option<ArgumentError>,
}

impl Command {
    /// The command's name.
    pub fn name(&self) -> CommandName {
        self.parts().0
    }

    /// The body that [`Command::parse`] reads this command from; `null` when there are no arguments.
    pub fn to_body(&self) -> Result<SecretString, Inexpressible> {
        let (command, arguments) = self.parts();
        let body = if arguments.is_empty() { "null".to_owned() } else { arguments.join(",") };
        let body = SecretString::from(body);
        match Self::parse(command, body.expose_secret()) {
            Ok(read) if read == *self => Ok(body),
            Ok(_) => Err(Inexpressible { command, reason: None }),
            Err(reason) => Err(Inexpressible { command, reason: Some(reason) }),
        }
    }

    /// Name and arguments as they are written, secrets included.
    fn parts(&self) -> (CommandName, Vec<Cow<'_, str>>) {
        use CommandName as Name;
        match self {
            Self::Hello => (Name::Hello, vec![]),
            Self::Beat => (Name::Beat, vec![]),
            Self::Connect { destination, password, sso } => {
                let sso = if *sso { vec!["SSO"] } else { vec![] };
                (Name::Connect, texts(&[&[destination, password.expose_secret()], &*sso].concat()))
            }
            Self::Login { password, extension } => {
                (Name::Login, texts(&[password.expose_secret(), extension]))
            }
            Self::MobileAgentLogin { password, extension, phone, mode } => {
                let mode = bool_word(*mode == MobileMode::CallByCall);
                (Name::MobileAgentLogin, texts(&[password.expose_secret(), extension, phone, mode]))
            }
            Self::Logout => (Name::Logout, vec![]),
            Self::LogoutWithReason { reason_code } => (Name::LogoutWithReason, texts(&[reason_code])),
            Self::ForceLogout => (Name::ForceLogout, vec![]),
            Self::MakeReady => (Name::MakeReady, vec![]),
            Self::MakeNotReady => (Name::MakeNotReady, vec![]),
            Self::MakeNotReadyWithReason { reason_code } => {
                (Name::MakeNotReadyWithReason, texts(&[reason_code]))
            }
            Self::MakeWorkReady => (Name::MakeWorkReady, vec![]),
            Self::MakeWorkNotReady => (Name::MakeWorkNotReady, vec![]),
            Self::GetState => (Name::GetState, vec![]),
            Self::Refresh => (Name::Refresh, vec![]),
            Self::MakeCall { number } => (Name::MakeCall, texts(&[number])),
            Self::AnswerCall { dialog_id } => (Name::AnswerCall, texts(&[dialog_id])),
            Self::HoldCall { dialog_id } => (Name::HoldCall, texts(&[dialog_id])),
            Self::RetrieveCall { dialog_id } => (Name::RetrieveCall, texts(&[dialog_id])),
            Self::ReleaseCall { dialog_id } => (Name::ReleaseCall, texts(&[dialog_id])),
            Self::TransferSst { number, dialog_id } => (Name::TransferSst, texts(&[number, dialog_id])),
            Self::ConsultCall { number, dialog_id } => (Name::ConsultCall, texts(&[number, dialog_id])),
            Self::TransferCall { extension, dialog_id } => {
                (Name::TransferCall, texts(&[extension, dialog_id]))
            }
            Self::ConferenceCall { extension, dialog_id } => {
                (Name::ConferenceCall, texts(&[extension, dialog_id]))
            }
            Self::GetDialogState { dialog_id } => (Name::GetDialogState, texts(&[dialog_id])),
            Self::GetDialogStateControls { dialog_id } => (Name::GetDialogStateControls, texts(&[dialog_id])),
            Self::GetDialogParticipants { dialog_id } => (Name::GetDialogParticipants, texts(&[dialog_id])),
            Self::UpdateCallVariable { dialog_id, variables } => {
                (Name::UpdateCallVariable, vec![dialog_id.into(), pairs(variables).into()])
            }
            Self::Wrapup { reason, dialog_id } => (Name::Wrapup, texts(&[reason, dialog_id])),
            Self::WrapupReasonCode => (Name::WrapupReasonCode, vec![]),
            Self::ReasonCodeLogout => (Name::ReasonCodeLogout, vec![]),
            Self::ReasonCodeNotReady => (Name::ReasonCodeNotReady, vec![]),
            Self::GetAllAgents => (Name::GetAllAgents, vec![]),
            Self::AcceptOutboundPreview { dialog_id } => {
                (Name::AcceptOutboundPreview, texts(&[dialog_id, "ACCEPT"]))
            }
            Self::RejectOutboundPreview { dialog_id } => {
                (Name::RejectOutboundPreview, texts(&[dialog_id, "REJECT"]))
            }
            Self::CloseOutboundPreview { dialog_id } => {
                (Name::CloseOutboundPreview, texts(&[dialog_id, "CLOSE"]))
            }
            Self::ScheduleCallback { target_media_address, dialog_id, time, number } => {
                (Name::ScheduleCallback, texts(&[target_media_address, dialog_id, time, number]))
            }
            Self::UpdateCallback { target_media_address, dialog_id, time, number } => {
                (Name::UpdateCallback, texts(&[target_media_address, dialog_id, time, number]))
            }
            Self::CancelScheduledCallback { target_media_address, dialog_id } => {
                (Name::CancelScheduledCallback, texts(&[target_media_address, dialog_id]))
            }
            Self::ReclassifyCall { target_media_address, dialog_id, value } => {
                let value = value.to_string();
                (Name::ReclassifyCall, vec![target_media_address.into(), dialog_id.into(), value.into()])
            }
            Self::ZoomPauseRecording => (Name::ZoomPauseRecording, vec![]),
            Self::ZoomResumeRecording => (Name::ZoomResumeRecording, vec![]),
            Self::GetPhonebooks => (Name::GetPhonebooks, vec![]),
            Self::GetTeamPhonebooks { team_id } => (Name::GetTeamPhonebooks, texts(&[team_id])),
            Self::GetPhonebookContacts { phonebook_id } => {
                (Name::GetPhonebookContacts, texts(&[phonebook_id]))
            }
            Self::GetSkillGroup(SkillGroupRange::All) => (Name::GetSkillGroup, texts(&["ALL", "0", "0"])),
            Self::GetSkillGroup(SkillGroupRange::Indexing { from, count }) => (
                Name::GetSkillGroup,
                vec!["INDEXING".into(), from.to_string().into(), count.to_string().into()],
            ),
            Self::GetSupervisor => (Name::GetSupervisor, vec![]),
            Self::GetAgentExtension { number } => (Name::GetAgentExtension, texts(&[number])),
            Self::GetQueueList => (Name::GetQueueList, vec![]),
            Self::SilentMonitor { agent_extension } => (Name::SilentMonitor, texts(&[agent_extension])),
            Self::EndSilentMonitor { dialog_id } => (Name::EndSilentMonitor, texts(&[dialog_id])),
            Self::BargeIn { agent_extension, dialog_id } => {
                (Name::BargeIn, texts(&[agent_extension, dialog_id]))
            }
            Self::DropParticipant { agent_extension, dialog_id } => {
                (Name::DropParticipant, texts(&[agent_extension, dialog_id]))
            }
            Self::GetTeamUsers { team_id, subscribe: None } => (Name::GetTeamUsers, texts(&[team_id])),
            Self::GetTeamUsers { team_id, subscribe: Some(subscribe) } => {
                (Name::GetTeamUsers, texts(&[team_id, bool_word(*subscribe)]))
            }
            Self::GetTeamUserState { agent_id } => (Name::GetTeamUserState, texts(&[agent_id])),
        }
    }
}

/// Secrets cannot be compared by derived code; commands of equal arguments are equal. Not in constant
/// time: for tests, and for checking what was written.
impl PartialEq for Command {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            // Several lists of variables are written alike: a value may hold `|` or a name `=`.
            (
                Self::UpdateCallVariable { dialog_id, variables },
                Self::UpdateCallVariable { dialog_id: other_id, variables: other_variables },
            ) => dialog_id == other_id && variables == other_variables,
            _ => self.parts() == other.parts(),
        }
    }
}

fn texts<'a>(arguments: &[&'a str]) -> Vec<Cow<'a, str>> {
    arguments.iter().map(|argument| Cow::Borrowed(*argument)).collect()
}

fn bool_word(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

fn pairs(variables: &[CallVariable]) -> String {
    let pairs: Vec<_> = variables.iter().map(|v| format!("{}={}", v.name, v.value)).collect();
    pairs.join("|")
}
