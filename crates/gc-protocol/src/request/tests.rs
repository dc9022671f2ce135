use crate::*;
use secrecy::ExposeSecret;

fn read(json: &str) -> Result<Request, RequestError> {
    Request::from_json(json.as_bytes())
}

fn of_type(text: &str) -> Result<Request, RequestError> {
    read(&serde_json::json!({"data": {"type": text}}).to_string())
}

#[test]
fn the_envelope_holds_command_id_session_and_callback() {
    let request = read(
        r#"{"data":{"type":"HELLO#crm","body":"null","sessionUrl":"desk/7",
            "callbackFqdn":"crm.example.com","callbackEndpoint":"/events","correlationId":"c-1"}}"#,
    )
    .unwrap();
    assert_eq!((request.name, request.id.as_str()), (CommandName::Hello, "crm"));
    assert_eq!(request.session_url.as_deref(), Some("desk/7"));
    let callback = request.callback.unwrap();
    assert_eq!((callback.fqdn.as_str(), callback.endpoint.as_str()), ("crm.example.com", "/events"));
    assert_eq!(request.correlation_id.as_deref(), Some("c-1"));
}

#[test]
fn names_are_read_in_any_case_with_spaces_and_by_their_aliases() {
    for (text, name) in [
        ("makecall#1004", CommandName::MakeCall),
        (" MAKECALL # 1004 ", CommandName::MakeCall),
        ("MakeCall# 1004", CommandName::MakeCall),
        ("Transfer_SST#1004", CommandName::TransferSst),
        ("SHCEDULECALLBACK#1004", CommandName::ScheduleCallback),
        ("ScheduleCallback#1004", CommandName::ScheduleCallback),
        ("cancelschedulecallback#1004", CommandName::CancelScheduledCallback),
    ] {
        let request = of_type(text).unwrap();
        assert_eq!((request.name, request.id.as_str()), (name, "1004"), "{text}");
    }
}

#[test]
fn an_empty_body_has_four_spellings() {
    for body in ["", r#","body":"null""#, r#","body":"""#, r#","body":null"#] {
        let request = read(&format!(r#"{{"data":{{"type":"Logout#1004"{body}}}}}"#)).unwrap();
        assert_eq!(request.command().unwrap(), Command::Logout);
    }
}

#[test]
fn empty_and_null_members_are_absent() {
    let request =
        read(r#"{"data":{"type":"Beat#crm","sessionUrl":"","callbackFqdn":"null","callbackEndpoint":null}}"#)
            .unwrap();
    assert_eq!((request.session_url, request.callback), (None, None));
}

#[test]
fn a_member_that_is_read_is_there_once() {
    let repeats = |json: &str, members: &[&str]| {
        for member in members {
            let twice = json.replace('@', &format!(r#""{member}":"x#1","{member}":"Logout#1004""#));
            let error = read(&twice).unwrap_err();
            assert!(matches!(error, RequestError::Repeated { line: 1, .. }), "{twice}: {error}");
        }
    };
    repeats(r#"{"data":{@}}"#, &["type"]);
    let others = ["body", "sessionUrl", "callbackFqdn", "callbackEndpoint", "correlationId"];
    repeats(r#"{"data":{"type":"Logout#1004",@}}"#, &others);
    let twice = r#"{"data":{"type":"Logout#1004"},"data":{"type":"Logout#1004"}}"#;
    assert!(matches!(read(twice), Err(RequestError::Repeated { .. })));
    // However it is spelled; and of no consequence in what is not read.
    let spelled = r#"{"data":{"type":"Logout#1004","\u0074ype":"Logout#1005"}}"#;
    assert!(matches!(read(spelled), Err(RequestError::Repeated { .. })));
    read(r#"{"x":1,"x":2,"data":{"x":1,"x":2,"type":"Logout#1004"}}"#).unwrap();
}

#[test]
fn a_request_that_cannot_be_routed_gets_the_reason() {
    let shape = |member, expected| RequestError::Shape { member, expected };
    assert!(matches!(read("{\n  nothing"), Err(RequestError::NotJson { line: 2, .. })));
    assert!(matches!(Request::from_json(b"\xff"), Err(RequestError::NotJson { .. })));
    assert!(matches!(read(&"[".repeat(100_000)), Err(RequestError::NotJson { .. })));
    assert_eq!(read("[]").unwrap_err(), shape("data", "an object in an object: {\"data\":{…}}"));
    assert_eq!(read("{}").unwrap_err(), shape("data", "an object"));
    assert_eq!(read(r#"{"data":"hunter2"}"#).unwrap_err(), shape("data", "an object"));
    assert_eq!(read(r#"{"data":{}}"#).unwrap_err(), shape("type", "a string such as MakeCall#1001"));
    assert_eq!(read(r#"{"data":{"type":7}}"#).unwrap_err(), shape("type", "a string"));
    assert_eq!(
        read(r#"{"data":{"type":"Beat#a","body":{"password":"hunter2"}}}"#).unwrap_err(),
        shape("body", "a string")
    );
    let unknown = |name: &str, nearest| RequestError::UnknownCommand { name: name.into(), nearest };
    assert_eq!(of_type("Sing#1004").unwrap_err(), unknown("Sing", None));
    assert_eq!(of_type("MakeCal#1004").unwrap_err(), unknown("MakeCal", Some(CommandName::MakeCall)));
    assert_eq!(of_type("").unwrap_err(), unknown("", None));
    for text in ["MakeCall", "MakeCall#", "MakeCall# "] {
        assert_eq!(of_type(text).unwrap_err(), RequestError::MissingId { command: CommandName::MakeCall });
    }
}

#[test]
fn a_member_of_another_type_is_no_syntax_error() {
    for other in ["true", "7", "-7", "0.5", "[{}]", r#"{"a":[1,1],"a":null}"#] {
        let error = read(&format!(r#"{{"data":{{"type":"Beat#a","sessionUrl":{other}}}}}"#)).unwrap_err();
        assert_eq!(error, RequestError::Shape { member: "sessionUrl", expected: "a string" }, "{other}");
    }
    for other in ["null", "true", "7", "-7", "0.5", r#""{}""#, r#"[{"type":"Beat#a"}]"#] {
        let error = read(&format!(r#"{{"data":{other}}}"#)).unwrap_err();
        assert_eq!(error, RequestError::Shape { member: "data", expected: "an object" }, "{other}");
        assert!(matches!(read(other), Err(RequestError::Shape { member: "data", .. })), "{other}");
    }
}

#[test]
fn members_that_are_copied_into_headers_are_checked() {
    let long = format!("Beat#{}", "x".repeat(257));
    assert_eq!(of_type(&long).unwrap_err(), RequestError::TooLong { member: "type", limit: 256 });
    let forged = r#"{"data":{"type":"Beat#a","correlationId":"a\r\nx-forged: 1"}}"#;
    assert_eq!(read(forged).unwrap_err(), RequestError::ForbiddenCharacter { member: "correlationId" });
    let forged = r#"{"data":{"type":"Beat#a","sessionUrl":"a\u0000"}}"#;
    assert_eq!(read(forged).unwrap_err(), RequestError::ForbiddenCharacter { member: "sessionUrl" });
}

#[test]
fn an_error_shows_a_long_or_strange_name_readably() {
    let error = of_type(&format!("{}\n#1", "x".repeat(10_000))).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{} is not a command.", "x".repeat(64))), "{error}");
    let error = of_type("Make\u{202e}\nCal#1").unwrap_err().to_string();
    assert!(error.starts_with("Make\\u{202e}\\nCal is not a command."), "{error}");
}

#[test]
fn an_error_says_what_to_send_instead() {
    let text = |command: &str| of_type(command).unwrap_err().to_string();
    assert_eq!(text("MakeCal#1004"), "MakeCal is not a command. Did you mean MakeCall?");
    assert_eq!(text("NotReady#1001"), "NotReady is not a command. Did you mean MakeNotReady?");
    assert_eq!(text("Sing#1004"), "Sing is not a command. See docs/commands.md for all commands.");
    for nameless in ["#1004", "1004", ""] {
        assert_eq!(text(nameless), "The command is missing before the #. Send <command>#<id>.");
    }
    assert_eq!(text("MakeCall#"), "MakeCall: the id after # is missing. Send MakeCall#<agent id>.");
    for without_separator in ["MakeCall", "MakeCall 1004", "makecall:1004", "MakeCall1004", "MakeCall(1004)"]
    {
        assert_eq!(text(without_separator), "MakeCall: the id after # is missing. Send MakeCall#<agent id>.");
    }
    assert_eq!(text("Hello"), "Hello: the id after # is missing. Send Hello#<client destination>.");
    assert_eq!(text("NotReady 1001"), "NotReady is not a command. Did you mean MakeNotReady?");
    assert_eq!(read("{}").unwrap_err().to_string(), "`data` must be an object.");
    assert_eq!(
        read("").unwrap_err().to_string(),
        "The request is not valid JSON (line 1, column 0). Correct it and send it again."
    );
}

#[test]
fn a_misspelled_command_gets_the_nearest_name_and_nonsense_gets_none() {
    for (misspelled, meant) in [
        ("makecal", "MakeCall"),
        ("MakeCalls", "MakeCall"),
        ("MakeNotRedy", "MakeNotReady"),
        ("Conect", "Connect"),
        ("Holdcal", "HoldCall"),
        ("Answer", "AnswerCall"),
        ("Retrieve", "RetrieveCall"),
        ("TransferSST", "Transfer_sst"),
        ("ForceLogout", "force_logout"),
        ("silent_monitor", "silentmonitor"),
        ("getteamuser", "getteamusers"),
        ("SheduleCallback", "SHCEDULECALLBACK"),
        ("Reclasify", "RECLASSIFYCALL"),
        ("updatecallvariables", "update_call_variable"),
        ("NotReady", "MakeNotReady"),
        ("NOT_READY", "MakeNotReady"),
        ("not-ready", "MakeNotReady"),
        ("ready", "MakeReady"),
        ("WorkReady", "makeworkready"),
        ("NotReadyWithReason", "MakeNotReadyWithReason"),
        ("make call", "MakeCall"),
        ("PhoneBooks", "GetPhonebooks"),
        ("Controls", "getdialogstatecontrols"),
        ("Monitor", "silentmonitor"),
        ("SignIn", "Login"),
        ("logon", "Login"),
        ("sign_out", "Logout"),
        ("LogOff", "Logout"),
        ("Dial", "MakeCall"),
        ("HangUp", "ReleaseCall"),
        ("EndCall", "ReleaseCall"),
        ("Unhold", "RetrieveCall"),
        ("ResumeCall", "RetrieveCall"),
        ("Force", "force_logout"),
        ("Heartbeat", "Beat"),
        ("PING", "Beat"),
    ] {
        let nearest = CommandName::nearest(misspelled).map(|name| name.to_string());
        assert_eq!(nearest.as_deref(), Some(meant), "{misspelled}");
    }
    for nonsense in ["", "x", "a", "all", "Sing", "Explode", "Foo", "Fool", "with", "1004", "<script>", "😀"]
    {
        assert_eq!(CommandName::nearest(nonsense), None, "{nonsense}");
    }
}

#[test]
fn debug_output_contains_no_secret() {
    let json = r#"{"data":{"type":"Login#1004","body":"hunter2,2004"}}"#;
    let request = read(json).unwrap();
    let command = request.command().unwrap();
    for printed in [format!("{request:?}"), format!("{command:?}"), format!("{:?}", request.to_json())] {
        assert!(!printed.contains("hunter2"), "{printed}");
        assert!(printed.contains("REDACTED"), "{printed}");
    }
    assert!(request.to_json().expose_secret().contains("hunter2"));
}
