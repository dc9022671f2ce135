//! The commands with their arguments.

use crate::values::{Classification, MobileMode, SkillGroupRange};
use gc_events::CallVariable;
use secrecy::SecretString;

/// A command, its arguments read. What each does is told by its [`Declaration`](crate::Declaration)
/// and in `docs/commands.md`. Its `Debug` output holds no secret.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the arguments that the declarations describe")]
pub enum Command {
    /// Registers or refreshes the client.
    Hello,
    /// A heartbeat.
    Beat,
    /// Opens the agent's notification stream.
    Connect { destination: String, password: SecretString, sso: bool },
    /// Logs the agent in.
    Login { password: SecretString, extension: String },
    /// Logs the agent in with a telephone outside the site.
    MobileAgentLogin { password: SecretString, extension: String, phone: String, mode: MobileMode },
    /// Logs the agent out.
    Logout,
    /// Logs the agent out with a reason.
    LogoutWithReason { reason_code: String },
    /// Logs the agent out from any state.
    ForceLogout,
    /// Makes the agent ready.
    MakeReady,
    /// Makes the agent not ready.
    MakeNotReady,
    /// Makes the agent not ready with a reason.
    MakeNotReadyWithReason { reason_code: String },
    /// Wrap-up that leads to ready.
    MakeWorkReady,
    /// Wrap-up that leads to not ready.
    MakeWorkNotReady,
    /// Asks for the agent's state and dialogs.
    GetState,
    /// Reads everything about the agent anew.
    Refresh,
    /// Calls a number.
    MakeCall { number: String },
    /// Answers a ringing call.
    AnswerCall { dialog_id: String },
    /// Puts a call on hold.
    HoldCall { dialog_id: String },
    /// Takes a call off hold.
    RetrieveCall { dialog_id: String },
    /// Ends the agent's part in a call.
    ReleaseCall { dialog_id: String },
    /// Transfers a call without consultation.
    TransferSst { number: String, dialog_id: String },
    /// Calls somebody else while the caller is held.
    ConsultCall { number: String, dialog_id: String },
    /// Completes a consultation as a transfer.
    TransferCall { extension: String, dialog_id: String },
    /// Completes a consultation as a conference.
    ConferenceCall { extension: String, dialog_id: String },
    /// Asks for the state of one dialog.
    GetDialogState { dialog_id: String },
    /// Asks what may be done with a dialog.
    GetDialogStateControls { dialog_id: String },
    /// Asks who takes part in a dialog.
    GetDialogParticipants { dialog_id: String },
    /// Changes call variables.
    UpdateCallVariable { dialog_id: String, variables: Vec<CallVariable> },
    /// Sets the wrap-up reason of a call.
    Wrapup { reason: String, dialog_id: String },
    /// Asks for the wrap-up reasons.
    WrapupReasonCode,
    /// Asks for the reason codes of logging out.
    ReasonCodeLogout,
    /// Asks for the reason codes of not being ready.
    ReasonCodeNotReady,
    /// Asks who is logged in.
    GetAllAgents,
    /// Accepts an offered outbound customer.
    AcceptOutboundPreview { dialog_id: String },
    /// Rejects an offered outbound customer.
    RejectOutboundPreview { dialog_id: String },
    /// Closes an offered outbound customer for good.
    CloseOutboundPreview { dialog_id: String },
    /// Schedules a callback to the customer.
    ScheduleCallback { target_media_address: String, dialog_id: String, time: String, number: String },
    /// Changes a scheduled callback.
    UpdateCallback { target_media_address: String, dialog_id: String, time: String, number: String },
    /// Cancels a scheduled callback.
    CancelScheduledCallback { target_media_address: String, dialog_id: String },
    /// Classifies the outcome of an outbound call anew.
    ReclassifyCall { target_media_address: String, dialog_id: String, value: Classification },
    /// Pauses the recording of the agent's call.
    ZoomPauseRecording,
    /// Resumes the recording of the agent's call.
    ZoomResumeRecording,
    /// Asks for team and global phone books.
    GetPhonebooks,
    /// Asks for the phone books of a team.
    GetTeamPhonebooks { team_id: String },
    /// Asks for the contacts of a phone book.
    GetPhonebookContacts { phonebook_id: String },
    /// Asks for skill groups.
    GetSkillGroup(SkillGroupRange),
    /// Asks for the supervisors.
    GetSupervisor,
    /// Asks for a mobile agent's port and number.
    GetAgentExtension { number: String },
    /// Asks for queue statistics.
    GetQueueList,
    /// Listens to an agent's call.
    SilentMonitor { agent_extension: String },
    /// Stops listening.
    EndSilentMonitor { dialog_id: String },
    /// Joins a call that is listened to.
    BargeIn { agent_extension: String, dialog_id: String },
    /// Drops a participant from a conference.
    DropParticipant { agent_extension: String, dialog_id: String },
    /// Asks for a team's members; `true` also subscribes to their states, `false` ends that.
    GetTeamUsers { team_id: String, subscribe: Option<bool> },
    /// Asks for a team member's state.
    GetTeamUserState { agent_id: String },
}
