//! Command → JSON → command, for every command and any argument that can be said.

use gc_protocol::*;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use secrecy::{ExposeSecret, SecretString};

/// What may stand inside of an argument without a comma; ends are trimmed, so they are visible.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,12}",
        r#"[a-zA-Z0-9<&>"'|=#;:/ÄΩ漢😀]([a-z <&>"'|=#ß😀]{0,20}[a-z0-9<&>"'|=😀])?"#,
        Just("<ACCEPT>".to_owned()),
        Just("SSO".to_owned()),
    ]
    .prop_filter("the body null means none", |text| text != "null")
}

fn extension() -> impl Strategy<Value = String> {
    r"\+?[0-9]{1,15}"
}

/// Text with commas anywhere, also at its ends.
fn with_commas() -> impl Strategy<Value = String> {
    prop_oneof![
        text(),
        vec(text(), 2..5).prop_map(|parts| parts.join(",")),
        (text(), text()).prop_map(|(a, b)| format!(",{a},,{b},"))
    ]
}

fn password() -> impl Strategy<Value = SecretString> {
    with_commas().prop_map(SecretString::from)
}

/// A password after which nothing is taken for the mark of single sign-on.
fn connect_password() -> impl Strategy<Value = SecretString> {
    let marks = [",sso", ",true", ",<sso>", ",<true>"];
    let plain = move |text: &String| !marks.iter().any(|mark| text.to_lowercase().ends_with(mark));
    with_commas().prop_filter("would be read as single sign-on", plain).prop_map(SecretString::from)
}

fn variables() -> impl Strategy<Value = Vec<CallVariable>> {
    let value = prop_oneof![Just(String::new()), "[a-z0-9=,;<&>😀]{1,12}"];
    vec(
        ("[a-zA-Z][a-zA-Z0-9.\\[\\]]{0,12}", value).prop_map(|(name, value)| CallVariable::new(name, value)),
        1..4,
    )
}

fn time() -> impl Strategy<Value = String> {
    (2000u32..2100, 1u32..=12, 1u32..=28, 0u32..24, 0u32..60)
        .prop_map(|(y, mo, d, h, mi)| format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}"))
}

fn classification() -> impl Strategy<Value = Classification> {
    use strum::IntoEnumIterator;
    select(Classification::iter().collect::<Vec<_>>())
}

/// Any command of this name. The match makes the compiler ask for a new command here.
fn command(name: CommandName) -> BoxedStrategy<Command> {
    use CommandName as Name;
    let by_text = |make: fn(String) -> Command| text().prop_map(make).boxed();
    let by_two = |make: fn((String, String)) -> Command| (text(), text()).prop_map(make).boxed();
    let by_extension = |make: fn((String, String)) -> Command| (extension(), text()).prop_map(make).boxed();
    match name {
        Name::Hello => Just(Command::Hello).boxed(),
        Name::Beat => Just(Command::Beat).boxed(),
        Name::Connect => (text(), connect_password(), any::<bool>())
            .prop_map(|(destination, password, sso)| Command::Connect { destination, password, sso })
            .boxed(),
        Name::Login => (password(), extension())
            .prop_map(|(password, extension)| Command::Login { password, extension })
            .boxed(),
        Name::MobileAgentLogin => (
            password(),
            extension(),
            text(),
            select(vec![MobileMode::CallByCall, MobileMode::NailedConnection]),
        )
            .prop_map(|(password, extension, phone, mode)| Command::MobileAgentLogin {
                password,
                extension,
                phone,
                mode,
            })
            .boxed(),
        Name::Logout => Just(Command::Logout).boxed(),
        Name::LogoutWithReason => by_text(|reason_code| Command::LogoutWithReason { reason_code }),
        Name::ForceLogout => Just(Command::ForceLogout).boxed(),
        Name::MakeReady => Just(Command::MakeReady).boxed(),
        Name::MakeNotReady => Just(Command::MakeNotReady).boxed(),
        Name::MakeNotReadyWithReason => {
            by_text(|reason_code| Command::MakeNotReadyWithReason { reason_code })
        }
        Name::MakeWorkReady => Just(Command::MakeWorkReady).boxed(),
        Name::MakeWorkNotReady => Just(Command::MakeWorkNotReady).boxed(),
        Name::GetState => Just(Command::GetState).boxed(),
        Name::Refresh => Just(Command::Refresh).boxed(),
        Name::MakeCall => by_text(|number| Command::MakeCall { number }),
        Name::AnswerCall => by_text(|dialog_id| Command::AnswerCall { dialog_id }),
        Name::HoldCall => by_text(|dialog_id| Command::HoldCall { dialog_id }),
        Name::RetrieveCall => by_text(|dialog_id| Command::RetrieveCall { dialog_id }),
        Name::ReleaseCall => by_text(|dialog_id| Command::ReleaseCall { dialog_id }),
        Name::TransferSst => by_two(|(number, dialog_id)| Command::TransferSst { number, dialog_id }),
        Name::ConsultCall => by_two(|(number, dialog_id)| Command::ConsultCall { number, dialog_id }),
        Name::TransferCall => {
            by_extension(|(extension, dialog_id)| Command::TransferCall { extension, dialog_id })
        }
        Name::ConferenceCall => {
            by_extension(|(extension, dialog_id)| Command::ConferenceCall { extension, dialog_id })
        }
        Name::GetDialogState => by_text(|dialog_id| Command::GetDialogState { dialog_id }),
        Name::GetDialogStateControls => by_text(|dialog_id| Command::GetDialogStateControls { dialog_id }),
        Name::GetDialogParticipants => by_text(|dialog_id| Command::GetDialogParticipants { dialog_id }),
        Name::UpdateCallVariable => (text(), variables())
            .prop_map(|(dialog_id, variables)| Command::UpdateCallVariable { dialog_id, variables })
            .boxed(),
        Name::Wrapup => (with_commas(), text())
            .prop_map(|(reason, dialog_id)| Command::Wrapup { reason, dialog_id })
            .boxed(),
        Name::ZoomPauseRecording => Just(Command::ZoomPauseRecording).boxed(),
        Name::ZoomResumeRecording => Just(Command::ZoomResumeRecording).boxed(),
        Name::AcceptOutboundPreview => by_text(|dialog_id| Command::AcceptOutboundPreview { dialog_id }),
        Name::RejectOutboundPreview => by_text(|dialog_id| Command::RejectOutboundPreview { dialog_id }),
        Name::CloseOutboundPreview => by_text(|dialog_id| Command::CloseOutboundPreview { dialog_id }),
        Name::ScheduleCallback => (extension(), text(), time(), text())
            .prop_map(|(target_media_address, dialog_id, time, number)| Command::ScheduleCallback {
                target_media_address,
                dialog_id,
                time,
                number,
            })
            .boxed(),
        Name::UpdateCallback => (extension(), text(), time(), text())
            .prop_map(|(target_media_address, dialog_id, time, number)| Command::UpdateCallback {
                target_media_address,
                dialog_id,
                time,
                number,
            })
            .boxed(),
        Name::CancelScheduledCallback => by_extension(|(target_media_address, dialog_id)| {
            Command::CancelScheduledCallback { target_media_address, dialog_id }
        }),
        Name::ReclassifyCall => (extension(), text(), classification())
            .prop_map(|(target_media_address, dialog_id, value)| Command::ReclassifyCall {
                target_media_address,
                dialog_id,
                value,
            })
            .boxed(),
        Name::WrapupReasonCode => Just(Command::WrapupReasonCode).boxed(),
        Name::ReasonCodeLogout => Just(Command::ReasonCodeLogout).boxed(),
        Name::ReasonCodeNotReady => Just(Command::ReasonCodeNotReady).boxed(),
        Name::GetAllAgents => Just(Command::GetAllAgents).boxed(),
        Name::GetPhonebooks => Just(Command::GetPhonebooks).boxed(),
        Name::GetTeamPhonebooks => by_text(|team_id| Command::GetTeamPhonebooks { team_id }),
        Name::GetPhonebookContacts => by_text(|phonebook_id| Command::GetPhonebookContacts { phonebook_id }),
        Name::GetSkillGroup => prop_oneof![
            Just(SkillGroupRange::All),
            (any::<u32>(), any::<u32>()).prop_map(|(from, count)| SkillGroupRange::Indexing { from, count }),
        ]
        .prop_map(Command::GetSkillGroup)
        .boxed(),
        Name::GetSupervisor => Just(Command::GetSupervisor).boxed(),
        Name::GetAgentExtension => by_text(|number| Command::GetAgentExtension { number }),
        Name::GetQueueList => Just(Command::GetQueueList).boxed(),
        Name::SilentMonitor => {
            extension().prop_map(|agent_extension| Command::SilentMonitor { agent_extension }).boxed()
        }
        Name::EndSilentMonitor => by_text(|dialog_id| Command::EndSilentMonitor { dialog_id }),
        Name::BargeIn => {
            by_extension(|(agent_extension, dialog_id)| Command::BargeIn { agent_extension, dialog_id })
        }
        Name::DropParticipant => {
            by_two(|(agent_extension, dialog_id)| Command::DropParticipant { agent_extension, dialog_id })
        }
        Name::GetTeamUsers => (text(), any::<Option<bool>>())
            .prop_map(|(team_id, subscribe)| Command::GetTeamUsers { team_id, subscribe })
            .boxed(),
        Name::GetTeamUserState => by_text(|agent_id| Command::GetTeamUserState { agent_id }),
    }
}

fn any_name() -> impl Strategy<Value = CommandName> {
    select(CommandName::ALL)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_command_comes_back_as_it_went(command in any_name().prop_flat_map(command), id in text()) {
        let request = Request::new(&command, id.as_str()).unwrap();
        let read = Request::from_json(request.to_json().expose_secret().as_bytes()).unwrap();
        prop_assert_eq!(read.name, command.name());
        prop_assert_eq!(&read.id, &id);
        prop_assert_eq!(read.command().unwrap(), command);
    }

    #[test]
    fn what_can_be_read_can_be_written(name in any_name(), body in prop_oneof![
        any::<String>(), with_commas(), "[a-z0-9<>,|= ]{0,24}",
        (text(), with_commas(), "<?(SSO|true|ACCEPT|REJECT|CLOSE|BUSY|false)>?").prop_map(|(a, b, word)| format!("{a}, {b} ,{word}")),
    ]) {
        if let Ok(command) = Command::parse(name, &body) {
            let written = command.to_body().unwrap();
            prop_assert_eq!(Command::parse(name, written.expose_secret()).unwrap(), command);
        }
    }

    #[test]
    fn no_request_makes_the_reader_panic(bytes in vec(any::<u8>(), 0..200), text in any::<String>()) {
        let _ = Request::from_json(&bytes);
        let _ = Request::from_json(serde_json::json!({"data": {"type": text, "body": text}}).to_string().as_bytes());
    }

    #[test]
    fn nothing_printed_holds_the_password(command in any_name().prop_flat_map(command)) {
        let marked = match command {
            Command::Connect { destination, sso, .. } => Command::Connect { destination, sso, password: "hunter2".into() },
            Command::Login { extension, .. } => Command::Login { extension, password: "hunter2".into() },
            Command::MobileAgentLogin { extension, phone, mode, .. } => Command::MobileAgentLogin { extension, phone, mode, password: "hunter2".into() },
            other => other,
        };
        let request = Request::new(&marked, "1004").unwrap();
        let printed = format!("{marked:?} {request:?} {:?}", request.command());
        prop_assert!(!printed.contains("hunter2"), "{}", printed);
    }
}
