//! From name and body to a command.

use crate::argument_error::ArgumentError;
use crate::arguments::Arguments;
use crate::command::Command;
use crate::name::CommandName;
use crate::values::{Classification, MobileMode, SkillGroupRange};

impl Command {
    /// Reads the arguments of a command from its body. An empty body and the text `null` hold none.
    pub fn parse(name: CommandName, body: &str) -> Result<Self, ArgumentError> {
        let mut args = Arguments::split(name, body)?;
        Ok(match name {
            CommandName::Hello => Self::Hello,
            CommandName::Beat => Self::Beat,
            CommandName::Connect => Self::Connect {
                destination: args.text()?,
                password: args.secret()?,
                sso: args.optional_word()?.is_some(),
            },
            CommandName::Login => Self::Login { password: args.secret()?, extension: args.text()? },
            CommandName::MobileAgentLogin => Self::MobileAgentLogin {
                password: args.secret()?,
                extension: args.text()?,
                phone: args.text()?,
                mode: if is_true(args.word()?) {
                    MobileMode::CallByCall
                } else {
                    MobileMode::NailedConnection
                },
            },
            CommandName::Logout => Self::Logout,
            CommandName::LogoutWithReason => Self::LogoutWithReason { reason_code: args.text()? },
            CommandName::ForceLogout => Self::ForceLogout,
            CommandName::MakeReady => Self::MakeReady,
            CommandName::MakeNotReady => Self::MakeNotReady,
            CommandName::MakeNotReadyWithReason => Self::MakeNotReadyWithReason { reason_code: args.text()? },
            CommandName::MakeWorkReady => Self::MakeWorkReady,
            CommandName::MakeWorkNotReady => Self::MakeWorkNotReady,
            CommandName::GetState => Self::GetState,
            CommandName::Refresh => Self::Refresh,
            CommandName::MakeCall => Self::MakeCall { number: args.text()? },
            CommandName::AnswerCall => Self::AnswerCall { dialog_id: args.text()? },
            CommandName::HoldCall => Self::HoldCall { dialog_id: args.text()? },
            CommandName::RetrieveCall => Self::RetrieveCall { dialog_id: args.text()? },
            CommandName::ReleaseCall => Self::ReleaseCall { dialog_id: args.text()? },
            CommandName::TransferSst => Self::TransferSst { number: args.text()?, dialog_id: args.text()? },
            CommandName::ConsultCall => Self::ConsultCall { number: args.text()?, dialog_id: args.text()? },
            CommandName::TransferCall => {
                Self::TransferCall { extension: args.text()?, dialog_id: args.text()? }
            }
            CommandName::ConferenceCall => {
                Self::ConferenceCall { extension: args.text()?, dialog_id: args.text()? }
            }
            CommandName::GetDialogState => Self::GetDialogState { dialog_id: args.text()? },
            CommandName::GetDialogStateControls => Self::GetDialogStateControls { dialog_id: args.text()? },
            CommandName::GetDialogParticipants => Self::GetDialogParticipants { dialog_id: args.text()? },
            CommandName::UpdateCallVariable => {
                Self::UpdateCallVariable { dialog_id: args.text()?, variables: args.variables()? }
            }
            CommandName::Wrapup => Self::Wrapup { reason: args.text()?, dialog_id: args.text()? },
            CommandName::WrapupReasonCode => Self::WrapupReasonCode,
            CommandName::ReasonCodeLogout => Self::ReasonCodeLogout,
            CommandName::ReasonCodeNotReady => Self::ReasonCodeNotReady,
            CommandName::GetAllAgents => Self::GetAllAgents,
            CommandName::AcceptOutboundPreview => {
                Self::AcceptOutboundPreview { dialog_id: preview(&mut args)? }
            }
            CommandName::RejectOutboundPreview => {
                Self::RejectOutboundPreview { dialog_id: preview(&mut args)? }
            }
            CommandName::CloseOutboundPreview => {
                Self::CloseOutboundPreview { dialog_id: preview(&mut args)? }
            }
            CommandName::ScheduleCallback => Self::ScheduleCallback {
                target_media_address: args.text()?,
                dialog_id: args.text()?,
                time: args.text()?,
                number: args.text()?,
            },
            CommandName::UpdateCallback => Self::UpdateCallback {
                target_media_address: args.text()?,
                dialog_id: args.text()?,
                time: args.text()?,
                number: args.text()?,
            },
            CommandName::CancelScheduledCallback => {
                Self::CancelScheduledCallback { target_media_address: args.text()?, dialog_id: args.text()? }
            }
            CommandName::ReclassifyCall => Self::ReclassifyCall {
                target_media_address: args.text()?,
                dialog_id: args.text()?,
                value: classification(&mut args)?,
            },
            CommandName::ZoomPauseRecording => Self::ZoomPauseRecording,
            CommandName::ZoomResumeRecording => Self::ZoomResumeRecording,
            CommandName::GetPhonebooks => Self::GetPhonebooks,
            CommandName::GetTeamPhonebooks => Self::GetTeamPhonebooks { team_id: args.text()? },
            CommandName::GetPhonebookContacts => Self::GetPhonebookContacts { phonebook_id: args.text()? },
            CommandName::GetSkillGroup => Self::GetSkillGroup(skill_group_range(&mut args)?),
            CommandName::GetSupervisor => Self::GetSupervisor,
            CommandName::GetAgentExtension => Self::GetAgentExtension { number: args.text()? },
            CommandName::GetQueueList => Self::GetQueueList,
            CommandName::SilentMonitor => Self::SilentMonitor { agent_extension: args.text()? },
            CommandName::EndSilentMonitor => Self::EndSilentMonitor { dialog_id: args.text()? },
            CommandName::BargeIn => Self::BargeIn { agent_extension: args.text()?, dialog_id: args.text()? },
            CommandName::DropParticipant => {
                Self::DropParticipant { agent_extension: args.text()?, dialog_id: args.text()? }
            }
            CommandName::GetTeamUsers => {
                Self::GetTeamUsers { team_id: args.text()?, subscribe: args.optional_word()?.map(is_true) }
            }
            CommandName::GetTeamUserState => Self::GetTeamUserState { agent_id: args.text()? },
        })
    }
}

fn is_true(word: &str) -> bool {
    word == "true"
}

/// The dialog id of a preview command; the word after it has to be the command's own.
fn preview(args: &mut Arguments<'_>) -> Result<String, ArgumentError> {
    let dialog_id = args.text()?;
    args.word()?;
    Ok(dialog_id)
}

fn classification(args: &mut Arguments<'_>) -> Result<Classification, ArgumentError> {
    let word = args.word()?;
    word.parse().map_err(|_| args.missing("value"))
}

fn skill_group_range(args: &mut Arguments<'_>) -> Result<SkillGroupRange, ArgumentError> {
    let word = args.word()?;
    let (from, count) = (args.optional_count()?, args.optional_count()?);
    match (word, from, count) {
        ("ALL", _, _) => Ok(SkillGroupRange::All),
        (_, Some(from), Some(count)) => Ok(SkillGroupRange::Indexing { from, count }),
        (_, None, _) => Err(args.missing("from")),
        (_, _, None) => Err(args.missing("count")),
    }
}

#[cfg(test)]
mod tests;
