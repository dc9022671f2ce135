//! Which module carries a command out, and with which arguments: one row for each command.
//!
//! Every enum here is matched without a wildcard, so a new command or variant does not compile until it is handled.

use finesse_types::{Classification, DialogAction, MobileAgent, MobileMode, ReasonCategory};
use gc_events::CallVariable;
use gc_protocol::{Command, SkillGroupRange};
use secrecy::SecretString;

use crate::directory::RecordingAction;

/// The module, and what it has to know.
#[derive(Debug)]
pub(in crate::agent) enum Route {
    /// The password is checked and the stream opened.
    Connect { secret: SecretString, sso: bool },
    /// The agent signs in at Finesse.
    Login(Login),
    /// The agent's state is changed.
    State(StateChange),
    /// Finesse is read, and the result is reported.
    Read,
    /// A call begins.
    Call(NewCall),
    /// A command acts on an existing call.
    OnCall { dialog: String, action: OnCall },
    /// The state of a call is reported.
    DialogState(String),
    /// A list is read.
    List(List),
    /// The members of a team are listed; `subscribe`: whether their changes are reported from then on.
    TeamUsers { team: String, subscribe: Option<bool> },
    /// The listener answers it itself.
    NotForAgents,
}

/// The arguments of a Login.
#[derive(Debug)]
pub(in crate::agent) struct Login {
    pub(in crate::agent) password: SecretString,
    pub(in crate::agent) extension: String,
    /// Which of the extension's devices is used.
    pub(in crate::agent) device: Option<String>,
    pub(in crate::agent) mobile: Option<MobileAgent>,
}

/// How the agent's state is changed.
#[derive(Debug)]
pub(in crate::agent) enum StateChange {
    /// To a state, with this reason code.
    To(finesse_types::UserState, Option<String>),
    /// To signed out, from any state.
    ForceLogout,
}

/// A call that a command begins.
#[derive(Debug)]
pub(in crate::agent) enum NewCall {
    Make { number: String },
    Monitor { extension: String },
    BargeIn { extension: String, dialog: String },
}

/// How a command acts on an existing call.
#[derive(Debug)]
pub(in crate::agent) enum OnCall {
    Control(CallControl),
    Data(CallData),
    Query(CallQuery),
}

/// The agent's device acts. A device does one of these at a time.
#[derive(Debug)]
pub(in crate::agent) enum CallControl {
    Answer,
    Hold,
    Retrieve,
    /// This action takes the agent out of the call.
    Leave(DialogAction),
    Conference,
    AcceptPreview,
    /// A single-step transfer.
    TransferSst {
        number: String,
    },
    Consult {
        number: String,
    },
    DropParticipant {
        address: String,
    },
}

/// The data of the call change.
#[derive(Debug)]
pub(in crate::agent) enum CallData {
    Variables(Vec<CallVariable>),
    WrapUp {
        reason: String,
    },
    /// Set or changed. The number is sent once the time is set.
    Callback {
        time: String,
    },
    NoCallback,
    Classification(Classification),
}

/// Something about the call is reported.
#[derive(Clone, Copy, Debug)]
pub(in crate::agent) enum CallQuery {
    Controls,
    Participants,
}

/// A list, or something else that is only read.
#[derive(Clone, Debug)]
pub(in crate::agent) enum List {
    ReasonCodes(ReasonCategory),
    WrapUpReasons,
    PhoneBooks,
    TeamPhoneBooks { team: String },
    PhoneBookContacts { phone_book: String },
    AllAgents,
    TeamUsers { team: String },
    TeamUserState { agent: String },
    Queues,
    SkillGroups(SkillGroupRange),
    Supervisors,
    AgentExtension { number: String },
    Recording(RecordingAction),
}

impl Route {
    /// Whether it is call control of the agent's device, which does one thing at a time.
    pub(super) fn is_call_control(&self) -> bool {
        matches!(self, Self::Call(_) | Self::OnCall { action: OnCall::Control(_), .. })
    }
}

/// The route of a command.
pub(in crate::agent) fn route(command: &Command) -> Route {
    use finesse_types::UserState::{Logout, NotReady, Ready, Work, WorkReady};
    let state = |state| Route::State(StateChange::To(state, None));
    let with_reason = |state, code: &String| Route::State(StateChange::To(state, Some(code.clone())));
    let on_call = |dialog: &String, action| Route::OnCall { dialog: dialog.clone(), action };
    let control = |dialog, control| on_call(dialog, OnCall::Control(control));
    let leave = |dialog, action| on_call(dialog, OnCall::Control(CallControl::Leave(action)));
    let data = |dialog, data| on_call(dialog, OnCall::Data(data));
    let query = |dialog, query| on_call(dialog, OnCall::Query(query));
    match command {
        Command::Hello | Command::Beat => Route::NotForAgents,
        Command::Connect { password, sso, .. } => Route::Connect { secret: password.clone(), sso: *sso },
        Command::Login { password, extension, device } => {
            let (password, extension, device) = (password.clone(), extension.clone(), device.clone());
            Route::Login(Login { password, extension, device, mobile: None })
        }
        Command::MobileAgentLogin { password, extension, phone, mode } => {
            let mode = match mode {
                gc_protocol::MobileMode::CallByCall => MobileMode::CallByCall,
                gc_protocol::MobileMode::NailedConnection => MobileMode::NailedConnection,
            };
            let mobile = Some(MobileAgent { mode, dial_number: phone.clone() });
            let (password, extension) = (password.clone(), extension.clone());
            Route::Login(Login { password, extension, device: None, mobile })
        }
        Command::Logout => state(Logout),
        Command::MakeReady => state(Ready),
        Command::MakeNotReady => state(NotReady),
        Command::MakeWorkNotReady => state(Work),
        Command::MakeWorkReady => state(WorkReady),
        Command::MakeNotReadyWithReason { reason_code } => with_reason(NotReady, reason_code),
        Command::LogoutWithReason { reason_code } => with_reason(Logout, reason_code),
        Command::ForceLogout => Route::State(StateChange::ForceLogout),
        Command::GetState | Command::Refresh => Route::Read,
        Command::MakeCall { number } => Route::Call(NewCall::Make { number: number.clone() }),
        Command::SilentMonitor { agent_extension } => {
            Route::Call(NewCall::Monitor { extension: agent_extension.clone() })
        }
        Command::BargeIn { agent_extension, dialog_id } => {
            Route::Call(NewCall::BargeIn { extension: agent_extension.clone(), dialog: dialog_id.clone() })
        }
        Command::AnswerCall { dialog_id } => control(dialog_id, CallControl::Answer),
        Command::HoldCall { dialog_id } => control(dialog_id, CallControl::Hold),
        Command::RetrieveCall { dialog_id } => control(dialog_id, CallControl::Retrieve),
        Command::ReleaseCall { dialog_id } => leave(dialog_id, DialogAction::Drop),
        Command::TransferSst { number, dialog_id } => {
            control(dialog_id, CallControl::TransferSst { number: number.clone() })
        }
        Command::ConsultCall { number, dialog_id } => {
            control(dialog_id, CallControl::Consult { number: number.clone() })
        }
        // The extension that this one and others name is the agent's own, because Finesse accepts no other.
        Command::TransferCall { dialog_id, .. } => leave(dialog_id, DialogAction::Transfer),
        Command::ConferenceCall { dialog_id, .. } => control(dialog_id, CallControl::Conference),
        Command::AcceptOutboundPreview { dialog_id } => control(dialog_id, CallControl::AcceptPreview),
        Command::RejectOutboundPreview { dialog_id } => leave(dialog_id, DialogAction::Reject),
        Command::CloseOutboundPreview { dialog_id } => leave(dialog_id, DialogAction::Close),
        Command::EndSilentMonitor { dialog_id } => leave(dialog_id, DialogAction::Drop),
        Command::DropParticipant { agent_extension, dialog_id } => {
            control(dialog_id, CallControl::DropParticipant { address: agent_extension.clone() })
        }
        Command::UpdateCallVariable { dialog_id, variables } => {
            data(dialog_id, CallData::Variables(variables.clone()))
        }
        Command::Wrapup { reason, dialog_id } => data(dialog_id, CallData::WrapUp { reason: reason.clone() }),
        Command::ScheduleCallback { dialog_id, time, .. }
        | Command::UpdateCallback { dialog_id, time, .. } => {
            data(dialog_id, CallData::Callback { time: time.clone() })
        }
        Command::CancelScheduledCallback { dialog_id, .. } => data(dialog_id, CallData::NoCallback),
        Command::ReclassifyCall { dialog_id, value, .. } => {
            let classification = Classification::from(value.to_string().as_str());
            data(dialog_id, CallData::Classification(classification))
        }
        Command::GetDialogStateControls { dialog_id } => query(dialog_id, CallQuery::Controls),
        Command::GetDialogParticipants { dialog_id } => query(dialog_id, CallQuery::Participants),
        Command::GetDialogState { dialog_id } => Route::DialogState(dialog_id.clone()),
        Command::WrapupReasonCode => Route::List(List::WrapUpReasons),
        Command::ReasonCodeLogout => Route::List(List::ReasonCodes(ReasonCategory::Logout)),
        Command::ReasonCodeNotReady => Route::List(List::ReasonCodes(ReasonCategory::NotReady)),
        Command::GetPhonebooks => Route::List(List::PhoneBooks),
        Command::GetTeamPhonebooks { team_id } => Route::List(List::TeamPhoneBooks { team: team_id.clone() }),
        Command::GetPhonebookContacts { phonebook_id } => {
            Route::List(List::PhoneBookContacts { phone_book: phonebook_id.clone() })
        }
        Command::GetAllAgents => Route::List(List::AllAgents),
        Command::GetQueueList => Route::List(List::Queues),
        Command::GetTeamUsers { team_id, subscribe } => {
            Route::TeamUsers { team: team_id.clone(), subscribe: *subscribe }
        }
        Command::GetTeamUserState { agent_id } => {
            Route::List(List::TeamUserState { agent: agent_id.clone() })
        }
        Command::GetSkillGroup(range) => Route::List(List::SkillGroups(*range)),
        Command::GetSupervisor => Route::List(List::Supervisors),
        Command::GetAgentExtension { number } => Route::List(List::AgentExtension { number: number.clone() }),
        Command::ZoomPauseRecording => Route::List(List::Recording(RecordingAction::Pause)),
        Command::ZoomResumeRecording => Route::List(List::Recording(RecordingAction::Resume)),
    }
}
