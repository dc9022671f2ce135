use crate::*;
use gc_events::ErrorCode;

fn read(name: CommandName, body: &str) -> Command {
    Command::parse(name, body).unwrap()
}

fn refused(name: CommandName, body: &str) -> (Option<&'static str>, ErrorCode) {
    let error = Command::parse(name, body).unwrap_err();
    assert_eq!(error.command, name);
    (error.argument, error.code)
}

#[test]
fn a_password_may_hold_commas() {
    let connect =
        |password: &str, sso| Command::Connect { destination: "crm".into(), password: password.into(), sso };
    assert_eq!(read(CommandName::Connect, "crm,pass"), connect("pass", false));
    assert_eq!(read(CommandName::Connect, "crm,pa,ss"), connect("pa,ss", false));
    assert_eq!(read(CommandName::Connect, "crm,pa,ss,SSO"), connect("pa,ss", true));
    assert_eq!(read(CommandName::Connect, "crm,token,<SSO>"), connect("token", true));
    assert_eq!(read(CommandName::Connect, "crm,token,true"), connect("token", true));
    assert_eq!(read(CommandName::Connect, "crm,SSO"), connect("SSO", false), "the password comes first");
    assert_eq!(
        read(CommandName::Login, ",,,2004"),
        Command::Login { password: ",,".into(), extension: "2004".into() }
    );
    assert_eq!(
        read(CommandName::MobileAgentLogin, "a,b, 2004 , 5550177,<FALSE>"),
        Command::MobileAgentLogin {
            password: "a,b".into(),
            extension: "2004".into(),
            phone: "5550177".into(),
            mode: MobileMode::NailedConnection,
        }
    );
}

#[test]
fn a_wrap_up_reason_may_hold_commas() {
    assert_eq!(
        read(CommandName::Wrapup, "sold, paid, 30211"),
        Command::Wrapup { reason: "sold, paid".into(), dialog_id: "30211".into() }
    );
}

#[test]
fn a_call_variable_may_hold_commas_and_equal_signs() {
    let variables = |pairs: &[(&str, &str)]| Command::UpdateCallVariable {
        dialog_id: "30211".into(),
        variables: pairs.iter().map(|(name, value)| CallVariable::new(*name, *value)).collect(),
    };
    let read = |body| read(CommandName::UpdateCallVariable, body);
    assert_eq!(read("30211,callVariable1=a,b=c"), variables(&[("callVariable1", "a,b=c")]));
    assert_eq!(read("30211, user.x[0] = 1 | ani= "), variables(&[("user.x[0]", "1"), ("ani", "")]));
}

#[test]
fn a_bad_pair_is_invalid_call_data() {
    for body in ["30211", "30211,", "30211,name", "30211,=value", "30211,a=1|", "30211,a=1||b=2"] {
        let (argument, code) = refused(CommandName::UpdateCallVariable, body);
        assert_eq!((argument, code), (Some("variables"), ErrorCode::InvalidCallData), "{body}");
    }
}

#[test]
fn what_is_missing_has_its_own_code() {
    use CommandName as Name;
    let cases = [
        (Name::Connect, "", "destination", ErrorCode::PleaseRetry),
        (Name::Connect, "crm", "password", ErrorCode::MissingPassword),
        (Name::Connect, "crm,,SSO", "password", ErrorCode::MissingPassword),
        (Name::Login, "null", "password", ErrorCode::MissingPassword),
        (Name::Login, ",2004", "password", ErrorCode::MissingPassword),
        (Name::Login, "pass", "extension", ErrorCode::MissingExtension),
        (Name::Login, "pass, ", "extension", ErrorCode::MissingExtension),
        (Name::MobileAgentLogin, "pass,2004,,true", "phone", ErrorCode::MissingNumber),
        (Name::MobileAgentLogin, "pass,2004,5550177", "mode", ErrorCode::PleaseRetry),
        (Name::MakeNotReadyWithReason, " ", "reasonCode", ErrorCode::MissingReasonCode),
        (Name::MakeCall, "", "number", ErrorCode::MissingNumber),
        (Name::ConsultCall, ",30211", "number", ErrorCode::MissingNumber),
        (Name::ConsultCall, "2007", "dialogId", ErrorCode::MissingDialogId),
        (Name::AnswerCall, "null", "dialogId", ErrorCode::MissingDialogId),
        (Name::Wrapup, "sold", "dialogId", ErrorCode::MissingDialogId),
        (Name::Wrapup, ",30211", "reason", ErrorCode::MissingReasonCode),
        (Name::GetSkillGroup, "INDEXING,1", "count", ErrorCode::PleaseRetry),
    ];
    for (name, body, argument, code) in cases {
        assert_eq!(refused(name, body), (Some(argument), code), "{name} {body:?}");
    }
}

#[test]
fn an_extension_with_letters_is_wrong() {
    for extension in ["20o4", "ext", "+", "😀", "2004;x", "٢٠٠٤"] {
        let refusal = refused(CommandName::Login, &format!("pass,{extension}"));
        assert_eq!(refusal, (Some("extension"), ErrorCode::WrongExtension), "{extension}");
    }
    read(CommandName::Login, "pass,+15550142");
}

#[test]
fn surplus_arguments_are_refused() {
    for (name, body) in [
        (CommandName::Logout, "2004"),
        (CommandName::MakeCall, "2007,30211"),
        (CommandName::MakeCall, "2007,"),
        (CommandName::GetTeamUsers, "12,true,1"),
    ] {
        assert_eq!(refused(name, body), (None, ErrorCode::PleaseRetry), "{name} {body}");
    }
}

#[test]
fn a_fixed_word_is_read_in_any_case_and_with_angle_brackets() {
    let accepted = Command::AcceptOutboundPreview { dialog_id: "30250".into() };
    for body in ["30250,ACCEPT", "30250,<ACCEPT>", " 30250 , < accept > "] {
        assert_eq!(read(CommandName::AcceptOutboundPreview, body), accepted);
    }
    for body in ["<ALL>,<0>,<0>", "ALL,0,0", "all"] {
        assert_eq!(read(CommandName::GetSkillGroup, body), Command::GetSkillGroup(SkillGroupRange::All));
    }
    assert_eq!(
        read(CommandName::GetSkillGroup, "<INDEXING>,<1>,<25>"),
        Command::GetSkillGroup(SkillGroupRange::Indexing { from: 1, count: 25 })
    );
    assert_eq!(
        read(CommandName::GetTeamUsers, "12,<true>"),
        Command::GetTeamUsers { team_id: "12".into(), subscribe: Some(true) }
    );
}

#[test]
fn angle_brackets_elsewhere_belong_to_the_argument() {
    assert_eq!(read(CommandName::MakeCall, "<2007>"), Command::MakeCall { number: "<2007>".into() });
}

#[test]
fn the_word_has_to_be_the_commands_own() {
    let refusal = refused(CommandName::AcceptOutboundPreview, "30250,REJECT");
    assert_eq!(refusal, (Some("decision"), ErrorCode::PleaseRetry));
    assert_eq!(refused(CommandName::GetTeamUsers, "12,maybe").1, ErrorCode::PleaseRetry);
    assert_eq!(refused(CommandName::GetSkillGroup, "INDEXING,1,many").1, ErrorCode::PleaseRetry);
}

#[test]
fn both_vocabularies_of_classification_are_read() {
    for (word, value) in [
        ("REX_ANS_MACHINE", Classification::AnsMachine),
        ("REX_FAX", Classification::Fax),
        ("REX_INVALID", Classification::Invalid),
        ("REX_VOICE", Classification::Voice),
        ("ans_machine", Classification::AnsMachine),
        ("DO_NOT_CALL", Classification::DoNotCall),
        ("BUSY", Classification::Busy),
    ] {
        let command = read(CommandName::ReclassifyCall, &format!("2004,30250,{word}"));
        assert!(matches!(command, Command::ReclassifyCall { value: read, .. } if read == value), "{word}");
    }
    assert_eq!(refused(CommandName::ReclassifyCall, "2004,30250,CAT").1, ErrorCode::PleaseRetry);
}

#[test]
fn a_callback_time_has_to_exist() {
    let schedule =
        |time: &str| Command::parse(CommandName::ScheduleCallback, &format!("2004,30250,{time},5550142"));
    for time in ["2030-04-03T09:30", "2028-02-29T00:00", "2000-02-29T23:59"] {
        assert!(schedule(time).is_ok(), "{time}");
    }
    for time in [
        "2030-04-31T09:30",
        "2030-13-01T09:30",
        "2030-00-01T09:30",
        "2030-01-00T09:30",
        "2029-02-29T09:30",
        "2100-02-29T09:30",
        "2030-04-03T24:00",
        "2030-04-03T09:60",
        "2030-4-3T9:30",
        "2030-04-03 09:30",
        "+030-04-03T09:30",
        "tomorrow",
        "T:",
    ] {
        let error = schedule(time).unwrap_err();
        assert_eq!((error.argument, error.code), (Some("time"), ErrorCode::PleaseRetry), "{time}");
    }
}

#[test]
fn too_long_and_unsendable_arguments_are_refused() {
    assert_eq!(refused(CommandName::MakeCall, &"9".repeat(257)).1, ErrorCode::PleaseRetry);
    read(CommandName::MakeCall, &"9".repeat(256));
    for character in ['\n', '\0', '\u{7f}', '\u{FFFF}'] {
        assert_eq!(refused(CommandName::MakeCall, &format!("20{character}07")).1, ErrorCode::PleaseRetry);
    }
}

#[test]
fn emoji_and_markup_pass_through() {
    let text = "😀<&>\"'";
    assert_eq!(read(CommandName::MakeCall, text), Command::MakeCall { number: text.into() });
}

#[test]
fn an_error_is_readable_and_repeats_nothing_that_was_given() {
    let message = |name, body| Command::parse(name, body).unwrap_err().message();
    assert_eq!(
        message(CommandName::MakeCall, ""),
        "MakeCall: the number is missing. Enter the number to dial."
    );
    assert_eq!(
        message(CommandName::Login, "hunter2,x2"),
        "Login: the extension is not a number. Enter a valid extension."
    );
    assert_eq!(
        message(CommandName::Logout, "a,b"),
        "Logout: it takes no arguments, but 2 were sent. Check what you entered and try again."
    );
    assert_eq!(
        message(CommandName::MobileAgentLogin, "hunter2,2004,5550177,later"),
        "MobileAgentLogin: the mode must be true or false. Check what you entered and try again."
    );
    assert_eq!(
        message(CommandName::Logout, "a"),
        "Logout: it takes no arguments, but 1 was sent. Check what you entered and try again."
    );
    assert_eq!(
        message(CommandName::GetTeamUsers, "12,true,1"),
        "getteamusers: it takes at most 2 arguments, separated by commas, but 3 were sent. Check what you \
         entered and try again."
    );
    assert_eq!(message(CommandName::HoldCall, ""), "HoldCall: the dialogId is missing. Choose the call.");
}

#[test]
fn what_the_grammar_cannot_say_is_not_written() {
    let unwritable = [
        Command::MakeCall { number: "1,2".into() },
        Command::MakeCall { number: String::new() },
        Command::MakeCall { number: " 2007".into() },
        Command::MakeCall { number: "null".into() },
        Command::Login { password: "pass ".into(), extension: "2004".into() },
        Command::Login { password: "pass".into(), extension: "x".into() },
        Command::Connect { destination: "crm".into(), password: "pass,true".into(), sso: false },
        Command::UpdateCallVariable { dialog_id: "1".into(), variables: vec![] },
        Command::UpdateCallVariable {
            dialog_id: "1".into(),
            variables: vec![CallVariable::new("a", "1|b=2")],
        },
    ];
    for command in unwritable {
        assert!(command.to_body().is_err(), "{command:?}");
    }
}
