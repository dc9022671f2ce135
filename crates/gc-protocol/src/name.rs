//! The names of the commands.

use crate::declaration::Declaration;
use crate::declarations::{agent, call, client, list, outbound, supervisor};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Makes the enum, the list of all and the way to the declaration from one list of names.
macro_rules! names {
    ($($name:ident => $declaration:path,)*) => {
        /// The name of a command. Displays as it is spelled on the wire; reads any case, blanks around it and aliases.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each is documented by its declaration")]
        pub enum CommandName { $($name,)* }

        impl CommandName {
            /// Every command, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// What there is to know about the command.
            pub fn declaration(self) -> &'static Declaration {
                match self { $(Self::$name => &$declaration,)* }
            }
        }
    };
}

names! {
    Hello => client::HELLO,
    Beat => client::BEAT,
    Connect => client::CONNECT,
    Login => client::LOGIN,
    MobileAgentLogin => client::MOBILE_AGENT_LOGIN,
    Logout => client::LOGOUT,
    LogoutWithReason => client::LOGOUT_WITH_REASON,
    ForceLogout => client::FORCE_LOGOUT,
    MakeReady => agent::MAKE_READY,
    MakeNotReady => agent::MAKE_NOT_READY,
    MakeNotReadyWithReason => agent::MAKE_NOT_READY_WITH_REASON,
    MakeWorkReady => agent::MAKE_WORK_READY,
    MakeWorkNotReady => agent::MAKE_WORK_NOT_READY,
    GetState => agent::GET_STATE,
    Refresh => agent::REFRESH,
    MakeCall => call::MAKE_CALL,
    AnswerCall => call::ANSWER_CALL,
    HoldCall => call::HOLD_CALL,
    RetrieveCall => call::RETRIEVE_CALL,
    ReleaseCall => call::RELEASE_CALL,
    TransferSst => call::TRANSFER_SST,
    ConsultCall => call::CONSULT_CALL,
    TransferCall => call::TRANSFER_CALL,
    ConferenceCall => call::CONFERENCE_CALL,
    GetDialogState => call::GET_DIALOG_STATE,
    GetDialogStateControls => call::GET_DIALOG_STATE_CONTROLS,
    GetDialogParticipants => call::GET_DIALOG_PARTICIPANTS,
    UpdateCallVariable => call::UPDATE_CALL_VARIABLE,
    Wrapup => call::WRAPUP,
    ZoomPauseRecording => call::ZOOM_PAUSE_RECORDING,
    ZoomResumeRecording => call::ZOOM_RESUME_RECORDING,
    AcceptOutboundPreview => outbound::ACCEPT_OUTBOUND_PREVIEW,
    RejectOutboundPreview => outbound::REJECT_OUTBOUND_PREVIEW,
    CloseOutboundPreview => outbound::CLOSE_OUTBOUND_PREVIEW,
    ScheduleCallback => outbound::SCHEDULE_CALLBACK,
    UpdateCallback => outbound::UPDATE_CALLBACK,
    CancelScheduledCallback => outbound::CANCEL_SCHEDULED_CALLBACK,
    ReclassifyCall => outbound::RECLASSIFY_CALL,
    WrapupReasonCode => list::WRAPUP_REASON_CODE,
    ReasonCodeLogout => list::REASON_CODE_LOGOUT,
    ReasonCodeNotReady => list::REASON_CODE_NOT_READY,
    GetAllAgents => list::GET_ALL_AGENTS,
    GetPhonebooks => list::GET_PHONEBOOKS,
    GetTeamPhonebooks => list::GET_TEAM_PHONEBOOKS,
    GetPhonebookContacts => list::GET_PHONEBOOK_CONTACTS,
    GetSkillGroup => list::GET_SKILL_GROUP,
    GetSupervisor => list::GET_SUPERVISOR,
    GetAgentExtension => list::GET_AGENT_EXTENSION,
    GetQueueList => supervisor::GET_QUEUE_LIST,
    SilentMonitor => supervisor::SILENT_MONITOR,
    EndSilentMonitor => supervisor::END_SILENT_MONITOR,
    BargeIn => supervisor::BARGE_IN,
    DropParticipant => supervisor::DROP_PARTICIPANT,
    GetTeamUsers => supervisor::GET_TEAM_USERS,
    GetTeamUserState => supervisor::GET_TEAM_USER_STATE,
}

/// How alike a name has to be to a command's to be taken for a slip (1 is the same, 0 has nothing in common).
const NEAR: f64 = 0.8;

impl CommandName {
    /// The command that is probably meant by a name that no command has.
    pub fn nearest(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let likeness = |name: Self| {
            let each = name.spellings().map(|each| strsim::jaro_winkler(&text, &each.to_ascii_lowercase()));
            each.fold(0.0, f64::max)
        };
        let rated = Self::ALL.iter().map(|name| (*name, likeness(*name)));
        let best = rated.reduce(|best, other| if other.1 > best.1 { other } else { best });
        best.filter(|(_, likeness)| *likeness >= NEAR).map(|(name, _)| name)
    }

    /// Its name as published, and the other spellings that are accepted.
    fn spellings(self) -> impl Iterator<Item = &'static str> {
        let declaration = self.declaration();
        declaration.aliases.iter().chain([&declaration.wire]).copied()
    }
}

/// No command has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no command has this name")]
pub struct UnknownCommand;

impl fmt::Display for CommandName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.declaration().wire)
    }
}

impl FromStr for CommandName {
    type Err = UnknownCommand;

    fn from_str(text: &str) -> Result<Self, UnknownCommand> {
        let text = text.trim();
        let is_called = |name: &Self| name.spellings().any(|spelling| spelling.eq_ignore_ascii_case(text));
        Self::ALL.iter().copied().find(is_called).ok_or(UnknownCommand)
    }
}
