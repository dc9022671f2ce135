use crate::CommandName as Name;
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

#[track_caller]
fn check_reads<const N: usize>(cases: [(CommandName, &str, Command); N]) {
    for (name, body, command) in cases {
        assert_eq!(read(name, body), command, "{name} {body:?}");
    }
}

#[track_caller]
fn check_refused<const N: usize>(cases: [(CommandName, &str, Option<&'static str>, ErrorCode); N]) {
    for (name, body, argument, code) in cases {
        assert_eq!(refused(name, body), (argument, code), "{name} {body:?}");
    }
}

#[test]
fn commas_belong_to_the_one_argument_that_may_contain_them() {
    let connect =
        |password: &str, sso| Command::Connect { destination: "crm".into(), password: password.into(), sso };
    let variables = |pairs: &[(&str, &str)]| Command::UpdateCallVariable {
        dialog_id: "30211".into(),
        variables: pairs.iter().map(|(name, value)| CallVariable::new(*name, *value)).collect(),
    };
    let login = |password: &str, device: Option<&str>| Command::Login {
        password: password.into(),
        extension: "2004".into(),
        device: device.map(Into::into),
    };
    check_reads([
        (Name::Connect, "crm,pass", connect("pass", false)),
        (Name::Connect, "crm,pa,ss", connect("pa,ss", false)),
        (Name::Connect, "crm,pa,ss,SSO", connect("pa,ss", true)),
        (Name::Connect, "crm,token,<SSO>", connect("token", true)),
        (Name::Connect, "crm,token,true", connect("token", true)),
        // The password comes first.
        (Name::Connect, "crm,SSO", connect("SSO", false)),
        (Name::Login, ",,,2004", login(",,", None)),
        (Name::Login, "pass,2004,SEP001122334455", login("pass", Some("SEP001122334455"))),
        (Name::Login, "pa,2001,2004, csf.one", login("pa,2001", Some("csf.one"))),
        // Only behind an extension: a password may look like a device, and an extension has no letters.
        (Name::Login, "pa,SEP001122334455,2004", login("pa,SEP001122334455", None)),
        (
            Name::MobileAgentLogin,
            "a,b, 2004 , 5550177,<FALSE>",
            Command::MobileAgentLogin {
                password: "a,b".into(),
                extension: "2004".into(),
                phone: "5550177".into(),
                mode: MobileMode::NailedConnection,
            },
        ),
        (
            Name::Wrapup,
            "sold, paid, 30211",
            Command::Wrapup { reason: "sold, paid".into(), dialog_id: "30211".into() },
        ),
        (Name::UpdateCallVariable, "30211,callVariable1=a,b=c", variables(&[("callVariable1", "a,b=c")])),
        (
            Name::UpdateCallVariable,
            "30211, user.x[0] = 1 | ani= ",
            variables(&[("user.x[0]", "1"), ("ani", "")]),
        ),
    ]);
}

#[test]
fn a_bad_pair_is_invalid_call_data() {
    for body in ["30211", "30211,", "30211,name", "30211,=value", "30211,a=1|", "30211,a=1||b=2"] {
        let (argument, code) = refused(Name::UpdateCallVariable, body);
        assert_eq!((argument, code), (Some("variables"), ErrorCode::InvalidCallData), "{body}");
    }
}

#[test]
fn a_missing_argument_gives_its_own_code() {
    check_refused([
        (Name::Connect, "", Some("destination"), ErrorCode::PleaseRetry),
        (Name::Connect, "crm", Some("password"), ErrorCode::MissingPassword),
        (Name::Connect, "crm,,SSO", Some("password"), ErrorCode::MissingPassword),
        (Name::Login, "null", Some("password"), ErrorCode::MissingPassword),
        (Name::Login, ",2004", Some("password"), ErrorCode::MissingPassword),
        (Name::Login, "pass", Some("extension"), ErrorCode::MissingExtension),
        (Name::Login, "pass, ", Some("extension"), ErrorCode::MissingExtension),
        (Name::MobileAgentLogin, "pass,2004,,true", Some("phone"), ErrorCode::MissingNumber),
        (Name::MobileAgentLogin, "pass,2004,5550177", Some("mode"), ErrorCode::PleaseRetry),
        (Name::MakeNotReadyWithReason, " ", Some("reasonCode"), ErrorCode::MissingReasonCode),
        (Name::MakeCall, "", Some("number"), ErrorCode::MissingNumber),
        (Name::ConsultCall, ",30211", Some("number"), ErrorCode::MissingNumber),
        (Name::ConsultCall, "2007", Some("dialogId"), ErrorCode::MissingDialogId),
        (Name::AnswerCall, "null", Some("dialogId"), ErrorCode::MissingDialogId),
        (Name::Wrapup, "sold", Some("dialogId"), ErrorCode::MissingDialogId),
        (Name::Wrapup, ",30211", Some("reason"), ErrorCode::MissingReasonCode),
        (Name::GetSkillGroup, "INDEXING,1", Some("count"), ErrorCode::PleaseRetry),
    ]);
}

#[test]
fn an_extension_with_letters_is_wrong() {
    for extension in ["20o4", "ext", "+", "😀", "2004;x", "٢٠٠٤"] {
        let refusal = refused(Name::Login, &format!("pass,{extension}"));
        assert_eq!(refusal, (Some("extension"), ErrorCode::WrongExtension), "{extension}");
    }
    read(Name::Login, "pass,+15550142");
}

#[test]
fn surplus_arguments_are_refused() {
    check_refused([
        (Name::Logout, "2004", None, ErrorCode::PleaseRetry),
        (Name::MakeCall, "2007,30211", None, ErrorCode::PleaseRetry),
        (Name::MakeCall, "2007,", None, ErrorCode::PleaseRetry),
        (Name::GetTeamUsers, "12,true,1", None, ErrorCode::PleaseRetry),
    ]);
}

#[test]
fn a_fixed_word_is_read_in_any_case_and_with_angle_brackets() {
    let accepted = || Command::AcceptOutboundPreview { dialog_id: "30250".into() };
    let all = || Command::GetSkillGroup(SkillGroupRange::All);
    let page = Command::GetSkillGroup(SkillGroupRange::Indexing { from: 1, count: 25 });
    check_reads([
        (Name::AcceptOutboundPreview, "30250,ACCEPT", accepted()),
        (Name::AcceptOutboundPreview, "30250,<ACCEPT>", accepted()),
        (Name::AcceptOutboundPreview, " 30250 , < accept > ", accepted()),
        (Name::GetSkillGroup, "<ALL>,<0>,<0>", all()),
        (Name::GetSkillGroup, "ALL,0,0", all()),
        (Name::GetSkillGroup, "all", all()),
        (Name::GetSkillGroup, "<INDEXING>,<1>,<25>", page),
        (
            Name::GetTeamUsers,
            "12,<true>",
            Command::GetTeamUsers { team_id: "12".into(), subscribe: Some(true) },
        ),
    ]);
}

#[test]
fn angle_brackets_elsewhere_are_part_of_the_argument() {
    assert_eq!(read(Name::MakeCall, "<2007>"), Command::MakeCall { number: "<2007>".into() });
}

#[test]
fn a_word_must_be_one_of_the_commands_own() {
    check_refused([
        (Name::AcceptOutboundPreview, "30250,REJECT", Some("decision"), ErrorCode::PleaseRetry),
        (Name::GetTeamUsers, "12,maybe", Some("subscribe"), ErrorCode::PleaseRetry),
        (Name::GetSkillGroup, "INDEXING,1,many", Some("count"), ErrorCode::PleaseRetry),
        (Name::ReclassifyCall, "2004,30250,CAT", Some("value"), ErrorCode::PleaseRetry),
    ]);
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
        let command = read(Name::ReclassifyCall, &format!("2004,30250,{word}"));
        assert!(matches!(command, Command::ReclassifyCall { value: read, .. } if read == value), "{word}");
    }
}

#[test]
fn a_callback_time_must_exist() {
    let schedule = |time: &str| Command::parse(Name::ScheduleCallback, &format!("2004,30250,{time},5550142"));
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
fn long_arguments_and_control_characters_are_refused() {
    assert_eq!(refused(Name::MakeCall, &"9".repeat(257)).1, ErrorCode::PleaseRetry);
    read(Name::MakeCall, &"9".repeat(256));
    for character in ['\n', '\0', '\u{7f}', '\u{FFFF}'] {
        assert_eq!(refused(Name::MakeCall, &format!("20{character}07")).1, ErrorCode::PleaseRetry);
    }
}

#[test]
fn emoji_and_markup_pass_through() {
    let text = "😀<&>\"'";
    assert_eq!(read(Name::MakeCall, text), Command::MakeCall { number: text.into() });
}

#[test]
fn an_error_is_readable_and_does_not_repeat_the_argument() {
    let long = format!("30211,a={}", "x".repeat(16 * 1024));
    for (name, body, message) in [
        (Name::MakeCall, "", "MakeCall: the number is missing. Enter the number to dial."),
        (Name::HoldCall, "", "HoldCall: the dialogId is missing. Choose a call."),
        (Name::Login, "hunter2,x2", "Login: the extension is not a number. Enter a valid extension."),
        (
            Name::Logout,
            "a",
            "Logout: it takes no arguments, but 1 was sent. Check what you entered and try again.",
        ),
        (
            Name::Logout,
            "a,b",
            "Logout: it takes no arguments, but 2 were sent. Check what you entered and try again.",
        ),
        (
            Name::GetTeamUsers,
            "12,true,1",
            "getteamusers: it takes at most 2 arguments, separated by commas, but 3 were sent. Check what you \
             entered and try again.",
        ),
        (
            Name::MobileAgentLogin,
            "hunter2,2004,5550177,later",
            "MobileAgentLogin: the mode must be true or false. Check what you entered and try again.",
        ),
        (
            Name::UpdateCallVariable,
            "30211",
            "update_call_variable: the variables are missing. Correct the call variable and repeat the action.",
        ),
        (
            Name::UpdateCallVariable,
            &long,
            "update_call_variable: the variables must be at most 16384 bytes long. Check what you entered and \
             try again.",
        ),
        (
            Name::UpdateCallVariable,
            "30211,a=\u{1}",
            "update_call_variable: the variables must not contain control characters. Check what you entered \
             and try again.",
        ),
    ] {
        assert_eq!(Command::parse(name, body).unwrap_err().message(), message);
    }
}

#[test]
fn what_the_grammar_cannot_express_is_not_written() {
    let unwritable = [
        Command::MakeCall { number: "1,2".into() },
        Command::MakeCall { number: String::new() },
        Command::MakeCall { number: " 2007".into() },
        Command::MakeCall { number: "null".into() },
        Command::Login { password: "pass ".into(), extension: "2004".into(), device: None },
        Command::Login { password: "pass".into(), extension: "x".into(), device: None },
        Command::Login { password: "pass".into(), extension: "2004".into(), device: Some("7".into()) },
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

#[test]
fn arguments_that_are_apart_keep_their_commas_and_what_a_body_cannot_express_is_refused() {
    let of = |name, arguments: &[&str]| Command::from_arguments(name, arguments);
    assert_eq!(of(Name::Wrapup, &["sold, paid", "30211"]).unwrap(), read(Name::Wrapup, "sold, paid,30211"));
    assert_eq!(of(Name::MakeReady, &[]).unwrap(), Command::MakeReady);
    // Joined and split again it would be another command: a password that ends in `,SSO`, a number with a comma.
    for (name, arguments) in [(Name::Connect, ["crm", "a,SSO"]), (Name::TransferSst, ["2,0", "30211"])] {
        assert!(of(name, &arguments).unwrap().to_body().is_err(), "{name}");
    }
    let surplus = of(Name::MakeCall, &["1", "2"]).unwrap_err();
    assert_eq!((surplus.argument, surplus.code), (None, ErrorCode::PleaseRetry));
    assert_eq!(of(Name::MakeCall, &[]).unwrap_err().code, ErrorCode::MissingNumber);
}
