//! A request of every command, with invented values. The documentation, the fixtures in
//! `fixtures/commands` and the tests are made of them; other teams' tests may use them too.

use crate::callback::CallbackParts;
use crate::command::Command;
use crate::declaration::Role;
use crate::request::Request;
use crate::values::{Classification, MobileMode, SkillGroupRange};
use gc_events::CallVariable;

/// One request and the command in it.
#[derive(Clone, Debug)]
pub struct Example {
    /// The command's name in small letters, with the variant behind it where there are several;
    /// `fixtures/commands/<name>.json` holds the request.
    pub name: String,
    /// The command.
    pub command: Command,
    /// The request.
    pub request: Request,
}

/// At least one request of every command.
pub fn examples() -> Vec<Example> {
    commands().into_iter().filter_map(|(variant, command)| example(variant, command)).collect()
}

fn example(variant: &str, command: Command) -> Option<Example> {
    let name = command.name();
    let id = match name.declaration().role {
        Role::Client => DESTINATION,
        Role::Agent | Role::AgentOrSupervisor => "1004",
        Role::Supervisor => "1091",
    };
    let mut request = Request::new(&command, id).ok()?;
    if matches!(command, Command::Hello | Command::Connect { .. }) {
        request.session_url = Some("desk/7".to_owned());
        request.callback =
            Some(CallbackParts { fqdn: "crm.example.com".to_owned(), endpoint: "/gc/events".to_owned() });
    }
    let separator = if variant.is_empty() { "" } else { "-" };
    let name = format!("{}{separator}{variant}", name.declaration().wire.to_ascii_lowercase());
    Some(Example { name, command, request })
}

const DESTINATION: &str = "crm-desk";

fn commands() -> Vec<(&'static str, Command)> {
    let mut commands = sessions();
    commands.extend(calls().into_iter().map(|command| ("", command)));
    commands.extend(outbound().into_iter().map(|command| ("", command)));
    commands.extend(lists());
    commands
}

fn sessions() -> Vec<(&'static str, Command)> {
    let connect = |password: &str, sso| Command::Connect {
        destination: DESTINATION.into(),
        password: password.into(),
        sso,
    };
    let reason_code = || "21".to_owned();
    vec![
        ("", Command::Hello),
        ("", Command::Beat),
        ("", connect("correct horse", false)),
        ("sso", connect("a-token", true)),
        ("", Command::Login { password: "correct horse".into(), extension: "2004".into() }),
        ("comma-in-password", Command::Login { password: "a,b,c".into(), extension: "2004".into() }),
        (
            "",
            Command::MobileAgentLogin {
                password: "correct horse".into(),
                extension: "2004".into(),
                phone: "5550177".into(),
                mode: MobileMode::CallByCall,
            },
        ),
        ("", Command::Logout),
        ("", Command::LogoutWithReason { reason_code: "3".into() }),
        ("", Command::ForceLogout),
        ("", Command::MakeReady),
        ("", Command::MakeNotReady),
        ("", Command::MakeNotReadyWithReason { reason_code: reason_code() }),
        ("", Command::MakeWorkReady),
        ("", Command::MakeWorkNotReady),
        ("", Command::GetState),
        ("", Command::Refresh),
    ]
}

fn calls() -> Vec<Command> {
    let dialog_id = || "30211".to_owned();
    let number = || "2007".to_owned();
    let extension = || "2004".to_owned();
    let variables =
        vec![CallVariable::new("callVariable1", "ticket 8812"), CallVariable::new("user.tier", "gold")];
    vec![
        Command::MakeCall { number: "5550142".into() },
        Command::AnswerCall { dialog_id: dialog_id() },
        Command::HoldCall { dialog_id: dialog_id() },
        Command::RetrieveCall { dialog_id: dialog_id() },
        Command::ReleaseCall { dialog_id: dialog_id() },
        Command::TransferSst { number: number(), dialog_id: dialog_id() },
        Command::ConsultCall { number: number(), dialog_id: dialog_id() },
        Command::TransferCall { extension: extension(), dialog_id: dialog_id() },
        Command::ConferenceCall { extension: extension(), dialog_id: dialog_id() },
        Command::GetDialogState { dialog_id: dialog_id() },
        Command::GetDialogStateControls { dialog_id: dialog_id() },
        Command::GetDialogParticipants { dialog_id: dialog_id() },
        Command::UpdateCallVariable { dialog_id: dialog_id(), variables },
        Command::Wrapup { reason: "Order taken, to be delivered".into(), dialog_id: dialog_id() },
        Command::ZoomPauseRecording,
        Command::ZoomResumeRecording,
    ]
}

fn outbound() -> Vec<Command> {
    let dialog_id = || "30250".to_owned();
    let target = || "2004".to_owned();
    let number = || "5550142".to_owned();
    vec![
        Command::AcceptOutboundPreview { dialog_id: dialog_id() },
        Command::RejectOutboundPreview { dialog_id: dialog_id() },
        Command::CloseOutboundPreview { dialog_id: dialog_id() },
        Command::ScheduleCallback {
            target_media_address: target(),
            dialog_id: dialog_id(),
            time: "2030-04-03T09:30".into(),
            number: number(),
        },
        Command::UpdateCallback {
            target_media_address: target(),
            dialog_id: dialog_id(),
            time: "2030-04-04T16:00".into(),
            number: number(),
        },
        Command::CancelScheduledCallback { target_media_address: target(), dialog_id: dialog_id() },
        Command::ReclassifyCall {
            target_media_address: target(),
            dialog_id: dialog_id(),
            value: Classification::AnsMachine,
        },
    ]
}

fn lists() -> Vec<(&'static str, Command)> {
    let agent_extension = || "2004".to_owned();
    let team = |subscribe| Command::GetTeamUsers { team_id: "12".into(), subscribe };
    vec![
        ("", Command::WrapupReasonCode),
        ("", Command::ReasonCodeLogout),
        ("", Command::ReasonCodeNotReady),
        ("", Command::GetAllAgents),
        ("", Command::GetPhonebooks),
        ("", Command::GetTeamPhonebooks { team_id: "12".into() }),
        ("", Command::GetPhonebookContacts { phonebook_id: "5".into() }),
        ("", Command::GetSkillGroup(SkillGroupRange::All)),
        ("indexing", Command::GetSkillGroup(SkillGroupRange::Indexing { from: 1, count: 25 })),
        ("", Command::GetSupervisor),
        ("", Command::GetAgentExtension { number: "2904".into() }),
        ("", Command::GetQueueList),
        ("", Command::SilentMonitor { agent_extension: agent_extension() }),
        ("", Command::EndSilentMonitor { dialog_id: "30290".into() }),
        ("", Command::BargeIn { agent_extension: agent_extension(), dialog_id: "30211".into() }),
        ("", Command::DropParticipant { agent_extension: agent_extension(), dialog_id: "30211".into() }),
        ("", team(None)),
        ("subscribe", team(Some(true))),
        ("unsubscribe", team(Some(false))),
        ("", Command::GetTeamUserState { agent_id: "1004".into() }),
    ]
}
