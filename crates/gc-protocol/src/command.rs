//! The table of commands. Each row has the command's name, arguments, effect, events, errors and an example. `rows.rs`
//! describes the notation; `shared.rs` has what rows share.

use crate::arguments::Arguments;
use crate::declaration::{Declaration, Need, Platforms, Role};
use crate::field::Field;
use crate::problem::BadArgument;
use crate::rows::commands;
use crate::shared::*;
use crate::values::{Classification, MobileMode, SkillGroupRange};
use gc_events::CallVariable;
use gc_events::CfCode::*;
use gc_events::ErrorCode::*;
use secrecy::SecretString;
use std::borrow::Cow;

commands! {
    // Clients and sessions.

    /// Registers the client and its callback, or updates them. A client sends it before any other command.
    Hello => { wire: "Hello", effect: "The client is registered.", ..CLIENT }

    /// Signals that the client is alive.
    Beat => {
        wire: "Beat", effect: "The client counts as alive; an unknown client receives RECONNECT.", ..CLIENT
    }

    /// Opens the agent's notification stream for this client; takes the agent over from another client.
    Connect { destination: String = DESTINATION, password: SecretString = PASSWORD, sso: bool = SSO } => {
        wire: "Connect", category: "agent_info",
        effect: "The agent's notification stream is open.",
        events: &["ConnectStatus"],
        errors: &[SubscriptionFailed, UnableToSubscribeToFinesse, SessionInvalidated],
        example: "crm-desk,correct horse", variants: &[("sso", "crm-desk,a-token,SSO")], ..AGENT
    }

    /// Logs the agent in and reports the agent's open calls.
    Login { password: SecretString = PASSWORD, extension: String = EXTENSION, device: Option<String> = DEVICE } => {
        wire: "Login",
        example: "correct horse,2004",
        variants: &[("comma-in-password", "a,b,c,2004"), ("device", "correct horse,2004,SEP001122334455")], ..LOGIN
    }

    /// Logs a mobile agent in, whose telephone is called for each call (true) or stays connected (false).
    MobileAgentLogin {
        password: SecretString = PASSWORD, extension: String = EXTENSION, phone: String = PHONE, mode: MobileMode = MODE
    } => {
        wire: "MobileAgentLogin", platforms: Platforms::Ucce,
        example: "correct horse,2004,5550177,true", ..LOGIN
    }

    /// Logs the agent out. UCCE allows this only in the state NOT_READY.
    Logout => { wire: "Logout", role: Role::AgentOrSupervisor, ..LOGOUT }

    /// Logs the agent out with a reason code from the list that reasoncodelogout returns.
    LogoutWithReason { reason_code: String = REASON_CODE } => {
        wire: "logoutwithreason",
        errors: &[Cf(InvalidAgentReasonCode), Cf(InvalidObjectState)],
        example: "3", ..LOGOUT
    }

    /// Logs the agent out from any state, through NOT_READY, with the configured reason codes.
    ForceLogout => {
        wire: "force_logout",
        effect: "The agent's state is LOGOUT; during a call NOT_READY is pending, and LOGOUT follows when the call ends.",
        errors: &[], ..LOGOUT
    }

    // The agent's state.

    /// Makes the agent ready for calls.
    MakeReady => {
        wire: "MakeReady", role: Role::AgentOrSupervisor,
        effect: "The agent's state, or the pending one, is READY.", ..STATE
    }

    /// Makes the agent not ready.
    MakeNotReady => {
        wire: "MakeNotReady", role: Role::AgentOrSupervisor,
        effect: "The agent's state, or the pending one, is NOT_READY.", ..STATE
    }

    /// Makes the agent not ready with a reason code from the list that reasoncodenotready returns.
    MakeNotReadyWithReason { reason_code: String = REASON_CODE } => {
        wire: "MakeNotReadyWithReason",
        effect: "The agent's state, or the pending one, is NOT_READY with this reason.",
        errors: &[Cf(InvalidAgentReasonCode), Cf(InvalidObjectState), Cf(ResourceBusy)],
        example: "21", ..STATE
    }

    /// Starts wrap-up, after which the agent is READY.
    MakeWorkReady => {
        wire: "makeworkready", platforms: Platforms::Ucce,
        effect: "The agent's state, or the pending one, is WORK_READY.", ..STATE
    }

    /// Starts wrap-up, after which the agent is NOT_READY.
    MakeWorkNotReady => {
        wire: "makeworknotready", effect: "The agent's state, or the pending one, is WORK.", ..STATE
    }

    /// Asks for the agent's state and the state of its dialogs.
    GetState => { wire: "GetState", events: &["State", "DialogState"], ..READ }

    /// Reads all of the agent's data from Finesse again and reports it.
    Refresh => { wire: "refresh", events: &["AgentInfo", "State", "InboundCall", "ConsultCall"], ..READ }

    // Calls: make, answer, hold, transfer, conference.

    /// Calls a number.
    MakeCall { number: String = NUMBER } => {
        wire: "MakeCall", effect: "The agent has a new dialog.",
        events: &["State", "InboundCall"],
        errors: &[BadDestination, Cf(InvalidObjectState)],
        example: "5550142", ..CALL
    }

    /// Answers a ringing call.
    AnswerCall { dialog_id: String = DIALOG_ID } => {
        wire: "AnswerCall", effect: "The agent's part of the dialog is ACTIVE.", ..CALL
    }

    /// Puts a call on hold.
    HoldCall { dialog_id: String = DIALOG_ID } => {
        wire: "HoldCall", effect: "The agent's part of the dialog is HELD.", ..CALL
    }

    /// Takes a call off hold.
    RetrieveCall { dialog_id: String = DIALOG_ID } => {
        wire: "RetrieveCall", effect: "The agent's part of the dialog is ACTIVE.", ..CALL
    }

    /// Ends the agent's part in a call.
    ReleaseCall { dialog_id: String = DIALOG_ID } => {
        wire: "ReleaseCall", effect: "The agent's part of the dialog is DROPPED, or in wrap-up.", ..CALL
    }

    /// Transfers a call to a number without a consultation.
    TransferSst { number: String = NUMBER, dialog_id: String = DIALOG_ID } => {
        wire: "Transfer_sst", effect: "The agent's part of the dialog is DROPPED.",
        events: &["State", "InboundCall", "ConsultCall"],
        errors: &[NoDialogId, BadDestination, Cf(InvalidObjectState)],
        example: "2007,30211", ..CALL
    }

    /// Calls a number while the caller is on hold.
    ConsultCall { number: String = NUMBER, dialog_id: String = DIALOG_ID } => {
        wire: "ConsultCall", effect: "The agent has a new dialog, the consult leg.",
        events: &["ConsultCall", "InboundCall"],
        errors: &[NoDialogId, BadDestination, Cf(InvalidObjectState)],
        example: "2007,30211", ..CALL
    }

    /// Completes a consultation by a transfer: the caller and the consulted party stay. The dialog is the main call.
    TransferCall { extension: String = EXTENSION, dialog_id: String = DIALOG_ID } => {
        wire: "TransferCall", effect: "The agent's part of the main dialog is DROPPED.",
        events: &["InboundCall", "ConsultCall"],
        example: "2004,30211", ..CALL
    }

    /// Completes a consultation by a conference: all parties stay. The dialog is the main call.
    ConferenceCall { extension: String = EXTENSION, dialog_id: String = DIALOG_ID } => {
        wire: "Conferencecall", effect: "The main dialog is a conference.",
        events: &["InboundCall", "ConsultCall"],
        example: "2004,30211", ..CALL
    }

    // Dialogs: read, variables, wrap-up, recording.

    /// Asks for the state of one dialog; it is NOT_FOUND if there is no such dialog.
    GetDialogState { dialog_id: String = DIALOG_ID } => {
        wire: "getdialogstate", category: "agent_dialog", events: &["DialogState"], errors: &[], ..DIALOG
    }

    /// Asks what Finesse allows the agent to do with a dialog now.
    GetDialogStateControls { dialog_id: String = DIALOG_ID } => {
        wire: "getdialogstatecontrols", category: "agent_dialog", events: &["DialogStateControls"], ..DIALOG
    }

    /// Asks for the participants of a dialog.
    GetDialogParticipants { dialog_id: String = DIALOG_ID } => {
        wire: "getDialogParticipants", events: &["DialogParticipants"], ..DIALOG
    }

    /// Changes call variables: name=value, several separated by a vertical bar.
    UpdateCallVariable { dialog_id: String = DIALOG_ID, variables: Vec<CallVariable> = VARIABLES } => {
        wire: "update_call_variable", effect: "The dialog has these values.", events: &["InboundCall"],
        example: "30211,callVariable1=ticket 8812|user.tier=gold", ..DIALOG
    }

    /// Sets the wrap-up reason of a call, also after the call has ended; no event reports success.
    Wrapup { reason: String = REASON, dialog_id: String = DIALOG_ID } => {
        wire: "wrapup", category: "agent_dialog", effect: "The dialog has this wrap-up reason.",
        example: "Order taken, to be delivered,30211", ..DIALOG
    }

    /// Pauses the recording of the agent's call at the configured recorder.
    ZoomPauseRecording => { wire: "ZOOMPauseRecording", ..RECORDING }

    /// Resumes the recording of the agent's call at the configured recorder.
    ZoomResumeRecording => { wire: "ZOOMResumeRecording", ..RECORDING }

    // Outbound campaigns: previews, callbacks, classification.

    /// Accepts an offered customer or personal callback; the customer is called.
    AcceptOutboundPreview { dialog_id: String = DIALOG_ID } then "ACCEPT" => {
        wire: "AcceptOutboundPreview",
        effect: "The agent's part of the reservation is ACCEPTED, or the customer is being called.",
        events: &["State", "InboundCall", "Control"],
        example: "30250,ACCEPT", ..PREVIEW
    }

    /// Rejects an offered customer; the customer may be offered again.
    RejectOutboundPreview { dialog_id: String = DIALOG_ID } then "REJECT" => {
        wire: "RejectOutboundPreview", example: "30250,REJECT", ..PREVIEW
    }

    /// Rejects an offered customer, who is not offered again.
    CloseOutboundPreview { dialog_id: String = DIALOG_ID } then "CLOSE" => {
        wire: "CloseOutboundPreview", example: "30250,CLOSE", ..PREVIEW
    }

    /// Schedules a callback to the customer.
    ScheduleCallback {
        target_media_address: String = TARGET, dialog_id: String = DIALOG_ID, time: String = TIME, number: String = NUMBER
    } => {
        wire: "SHCEDULECALLBACK", aliases: &["SCHEDULECALLBACK"],
        example: "2004,30250,2030-04-03T09:30,5550142", ..CALLBACK
    }

    /// Changes a scheduled callback.
    UpdateCallback {
        target_media_address: String = TARGET, dialog_id: String = DIALOG_ID, time: String = TIME, number: String = NUMBER
    } => {
        wire: "UPDATECALLBACK", example: "2004,30250,2030-04-04T16:00,5550142", ..CALLBACK
    }

    /// Cancels a scheduled callback.
    CancelScheduledCallback { target_media_address: String = TARGET, dialog_id: String = DIALOG_ID } => {
        wire: "CANCELSHCEDULECALLBACK", aliases: &["CANCELSCHEDULECALLBACK"],
        effect: "The dialog shows no callback.",
        example: "2004,30250", ..CALLBACK
    }

    /// Sets the classification of an outbound call, such as answering machine or fax.
    ReclassifyCall {
        target_media_address: String = TARGET, dialog_id: String = DIALOG_ID, value: Classification = CLASSIFICATION
    } => {
        wire: "RECLASSIFYCALL", effect: "The dialog's variable BAResponse shows the classification.",
        events: &["CALLBACK", "Control", "InboundCall"],
        example: "2004,30250,ANS_MACHINE", ..CALL
    }

    // Lists: reason codes, agents, phone books, skill groups, supervisors.

    /// Asks for the wrap-up reasons.
    WrapupReasonCode => { wire: "wrapupreasoncode", category: "agent_work", events: &["ReasonCodes"], ..LIST }

    /// Asks for the reason codes for logging out.
    ReasonCodeLogout => { wire: "reasoncodelogout", category: "agent_state", events: &["ReasonCodes"], ..LIST }

    /// Asks for the reason codes for not being ready.
    ReasonCodeNotReady => { wire: "reasoncodenotready", category: "agent_state", events: &["ReasonCodes"], ..LIST }

    /// Asks for the agents who are logged in.
    GetAllAgents => {
        wire: "getallagents", category: "agent_call", needs: Some(Need::Administrator), events: &["Agents"], ..LIST
    }

    /// Asks for the agent's team phone books and the global ones.
    GetPhonebooks => { wire: "GetPhonebooks", category: "phonebook", events: &["PhoneBook", "no_data_found"], ..LIST }

    /// Asks for the phone books of a team.
    GetTeamPhonebooks { team_id: String = TEAM_ID } => {
        wire: "GetTeamPhonebooks", category: "team_phonebooks", needs: Some(Need::Administrator),
        events: &["TeamPhoneBook", "no_data_found"], example: "12", ..LIST
    }

    /// Asks for the contacts of a phone book.
    GetPhonebookContacts { phonebook_id: String = PHONEBOOK_ID } => {
        wire: "GetPhonebookContacts", category: "contacts", needs: Some(Need::Administrator),
        events: &["phoneBookContacts"], example: "5", ..LIST
    }

    /// Asks for skill groups: all of them (ALL,0,0) or one page of the list (INDEXING,from,count).
    GetSkillGroup(range: SkillGroupRange = RANGE, FROM, COUNT) => {
        wire: "GETSKILLGROUP", category: "skill_group", platforms: Platforms::Ucce, needs: Some(Need::CceConfiguration),
        events: &["skillGroup"], example: "ALL,0,0", variants: &[("indexing", "INDEXING,1,25")], ..LIST
    }

    /// Asks for the supervisors.
    GetSupervisor => {
        wire: "GETSUPERVISOR", category: "supervisor_list", platforms: Platforms::Ucce,
        needs: Some(Need::CceConfiguration), events: &["supervisors"], ..LIST
    }

    /// Asks for the CTI port and the number to dial that belong to a mobile agent's number.
    GetAgentExtension { number: String = NUMBER } => {
        wire: "GETAGENTEXTENSION", category: "agent_extension", platforms: Platforms::Ucce, needs: Some(Need::Axl),
        events: &["agentExtension"], example: "2904", ..LIST
    }

    // Supervisors: queues, monitoring, barging in, teams.

    /// Asks for the statistics of the supervisor's queues; the event has another form on UCCX.
    GetQueueList => {
        wire: "getqueuelist", category: "supervisor_queue_info", role: Role::Supervisor,
        needs: Some(Need::CcxStatistics), events: &["QueueStats"], ..LIST
    }

    /// Listens to an agent's call; the supervisor must be NOT_READY.
    SilentMonitor { agent_extension: String = AGENT_EXTENSION } => {
        wire: "silentmonitor", category: "supervisor_dialog", effect: "The supervisor has a new dialog.",
        events: &["InboundCall", "NewInboundCall"],
        errors: &[BadDestination, Cf(InvalidObjectState), Cf(GenericOperation)],
        example: "2004", ..SUPERVISOR
    }

    /// Stops listening to an agent's call.
    EndSilentMonitor { dialog_id: String = DIALOG_ID } => {
        wire: "endsilentmonitor", category: "supervisor_dialog",
        effect: "The supervisor's part of the dialog is DROPPED.",
        events: &["InboundCall"], errors: &[NoDialogId], example: "30290", ..SUPERVISOR
    }

    /// Joins a call that the supervisor monitors. The dialog is the agent's call or the supervisor's own monitor leg.
    BargeIn { agent_extension: String = AGENT_EXTENSION, dialog_id: String = DIALOG_ID } => {
        wire: "bargein", category: "agent_call", effect: "The supervisor takes part in the agent's call.",
        events: &["InboundCall", "NewInboundCall"],
        errors: &[NoDialogId, BadDestination, Cf(InvalidCalledDevice), Cf(InvalidObjectState)],
        example: "2004,30211", ..SUPERVISOR
    }

    /// Drops a participant (an agent's extension or an external number) from a conference.
    DropParticipant { agent_extension: String = PARTICIPANT, dialog_id: String = DIALOG_ID } => {
        wire: "dropparticipant", category: "supervisor_dialog", platforms: Platforms::Ucce,
        effect: "The participant is DROPPED.",
        events: &["InboundCall", "Control", "State"],
        errors: &[NoDialogId, Cf(AgentNotPartyOnCall), Cf(DropAnyPartyNotEnabledCti), Cf(InvalidObjectState)],
        example: "2004,30211", ..SUPERVISOR
    }

    /// Asks for a team's members; true also subscribes to their states, false ends this subscription.
    GetTeamUsers { team_id: String = TEAM_ID, subscribe: Option<bool> = SUBSCRIBE } => {
        wire: "getteamusers", category: "supervisor_team", effect: "The team is read.",
        events: &["TeamAgents", "State"], errors: &[GeneralError],
        example: "12", variants: &[("subscribe", "12,true"), ("unsubscribe", "12,false")], ..SUPERVISOR
    }

    /// Asks for a team member's state.
    GetTeamUserState { agent_id: String = AGENT_ID } => {
        wire: "getteamuserstate", category: "supervisor_team_member_state", effect: "The team member is read.",
        events: &["State"], errors: &[UserNotFound, GeneralError], example: "1004", ..SUPERVISOR
    }
}
