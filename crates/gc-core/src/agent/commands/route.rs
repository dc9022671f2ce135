//! Which room carries a command out: every command has a row.

use gc_protocol::Command;
use secrecy::SecretString;

/// The room, and what it has to know.
#[derive(Debug)]
pub(super) enum Route {
    /// The password is checked, the stream opened.
    Connect(SecretString),
    /// The agent signs in at Finesse.
    Login,
    /// The agent's state is changed.
    State(StateChange),
    /// Finesse is read, and what it shows is reported.
    Read,
    /// A call begins.
    Call(CallControl),
    /// Something is done to a call that is there, or asked about it.
    OnCall(OnCall),
    /// The state of one call is reported.
    DialogState(String),
    /// A list is read.
    List(Listing),
    /// The listener answers it itself.
    NotForAgents,
}

/// How the agent's state is changed.
#[derive(Debug)]
pub(super) enum StateChange {
    /// To a state, with this reason code.
    To(finesse_types::UserState, Option<String>),
    /// Out, from wherever the agent is.
    ForceLogout,
}

/// A call that is not there yet.
#[derive(Debug)]
pub(super) enum CallControl {
    Make { number: String },
    Monitor { extension: String },
    BargeIn { extension: String, dialog: String },
}

/// What is done to a call that is there.
#[derive(Debug)]
pub(super) enum OnCall {
    /// The agent's device acts.
    Control,
    /// Its data change, or are asked for.
    Data,
}

/// Who reads a list.
#[derive(Debug)]
pub(super) enum Listing {
    /// Finesse, or a source beside it.
    Plain,
    /// A team, whose changes may be followed from then on.
    Team,
}

impl Route {
    /// Call control of the agent's device: one at a time.
    pub(super) fn is_call_control(&self) -> bool {
        matches!(self, Self::Call(_) | Self::OnCall(OnCall::Control))
    }
}

/// The route of a command.
pub(super) fn route(command: &Command) -> Route {
    use finesse_types::UserState::{Logout, NotReady, Ready, Work, WorkReady};
    let state = |state| Route::State(StateChange::To(state, None));
    let with_reason = |state, code: &String| Route::State(StateChange::To(state, Some(code.clone())));
    match command {
        Command::Hello | Command::Beat => Route::NotForAgents,
        Command::Connect { password, .. } => Route::Connect(password.clone()),
        Command::Login { .. } | Command::MobileAgentLogin { .. } => Route::Login,
        Command::Logout => state(Logout),
        Command::MakeReady => state(Ready),
        Command::MakeNotReady => state(NotReady),
        Command::MakeWorkNotReady => state(Work),
        Command::MakeWorkReady => state(WorkReady),
        Command::MakeNotReadyWithReason { reason_code } => with_reason(NotReady, reason_code),
        Command::LogoutWithReason { reason_code } => with_reason(Logout, reason_code),
        Command::ForceLogout => Route::State(StateChange::ForceLogout),
        Command::GetState | Command::Refresh => Route::Read,
        Command::MakeCall { number } => Route::Call(CallControl::Make { number: number.clone() }),
        Command::SilentMonitor { agent_extension } => {
            Route::Call(CallControl::Monitor { extension: agent_extension.clone() })
        }
        Command::BargeIn { agent_extension, dialog_id } => Route::Call(CallControl::BargeIn {
            extension: agent_extension.clone(),
            dialog: dialog_id.clone(),
        }),
        Command::AnswerCall { .. }
        | Command::HoldCall { .. }
        | Command::RetrieveCall { .. }
        | Command::ReleaseCall { .. }
        | Command::TransferSst { .. }
        | Command::ConsultCall { .. }
        | Command::TransferCall { .. }
        | Command::ConferenceCall { .. }
        | Command::AcceptOutboundPreview { .. }
        | Command::RejectOutboundPreview { .. }
        | Command::CloseOutboundPreview { .. }
        | Command::EndSilentMonitor { .. }
        | Command::DropParticipant { .. } => Route::OnCall(OnCall::Control),
        Command::UpdateCallVariable { .. }
        | Command::Wrapup { .. }
        | Command::ScheduleCallback { .. }
        | Command::UpdateCallback { .. }
        | Command::CancelScheduledCallback { .. }
        | Command::ReclassifyCall { .. }
        | Command::GetDialogStateControls { .. }
        | Command::GetDialogParticipants { .. } => Route::OnCall(OnCall::Data),
        Command::GetDialogState { dialog_id } => Route::DialogState(dialog_id.clone()),
        Command::WrapupReasonCode
        | Command::ReasonCodeLogout
        | Command::ReasonCodeNotReady
        | Command::GetPhonebooks
        | Command::GetTeamPhonebooks { .. }
        | Command::GetPhonebookContacts { .. }
        | Command::GetAllAgents
        | Command::GetQueueList
        | Command::GetTeamUserState { .. }
        | Command::GetSkillGroup(_)
        | Command::GetSupervisor
        | Command::GetAgentExtension { .. }
        | Command::ZoomPauseRecording
        | Command::ZoomResumeRecording => Route::List(Listing::Plain),
        Command::GetTeamUsers { .. } => Route::List(Listing::Team),
    }
}
