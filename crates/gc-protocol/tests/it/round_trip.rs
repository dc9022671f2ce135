//! Command → JSON → command, for every command and any argument that the grammar can express.

use gc_protocol::*;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use secrecy::ExposeSecret;

/// An argument without a comma. Its ends are no white space, because that is trimmed.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,12}",
        r#"[a-zA-Z0-9<&>"'|=#;:/ÄΩ漢😀]([a-z <&>"'|=#ß😀]{0,20}[a-z0-9<&>"'|=😀])?"#,
        Just("<ACCEPT>".to_owned()),
        Just("SSO".to_owned()),
    ]
    .prop_filter("the body null means no arguments", |text| text != "null")
}

fn extension() -> impl Strategy<Value = String> {
    r"\+?[0-9]{1,15}"
}

/// Text with commas anywhere, including its ends.
fn with_commas() -> impl Strategy<Value = String> {
    prop_oneof![
        text(),
        vec(text(), 2..5).prop_map(|parts| parts.join(",")),
        (text(), text()).prop_map(|(a, b)| format!(",{a},,{b},"))
    ]
}

/// Text without a final word that would be read as the single sign-on marker.
fn free_text() -> impl Strategy<Value = String> {
    let marks = [",sso", ",true", ",<sso>", ",<true>"];
    let plain = move |text: &String| !marks.iter().any(|mark| text.to_lowercase().ends_with(mark));
    with_commas().prop_filter("would be read as single sign-on", plain)
}

fn variables() -> impl Strategy<Value = String> {
    let value = prop_oneof![Just(String::new()), "[a-z0-9=,;<&>😀]{1,12}"];
    let pair =
        ("[a-zA-Z][a-zA-Z0-9.\\[\\]]{0,12}", value).prop_map(|(name, value)| format!("{name}={value}"));
    vec(pair, 1..4).prop_map(|pairs| pairs.join("|"))
}

fn time() -> impl Strategy<Value = String> {
    (2000u32..2100, 1u32..=12, 1u32..=28, 0u32..24, 0u32..60)
        .prop_map(|(y, mo, d, h, mi)| format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}"))
}

fn argument(kind: Kind) -> BoxedStrategy<String> {
    match kind {
        Kind::Text => text().boxed(),
        Kind::Extension => extension().boxed(),
        Kind::Device => "[A-Za-z][A-Za-z0-9._-]{0,20}".boxed(),
        Kind::FreeText | Kind::Secret => free_text().boxed(),
        Kind::Variables => variables().boxed(),
        Kind::Word(words) => select(words).prop_map(str::to_owned).boxed(),
        Kind::Count => any::<u32>().prop_map(|count| count.to_string()).boxed(),
        Kind::Time => time().boxed(),
    }
}

/// Arguments that match the declaration of this command, with or without the optional ones.
fn arguments(name: CommandName) -> BoxedStrategy<Vec<String>> {
    let declared = name.declaration().arguments;
    let all: Vec<_> = declared.iter().map(|each| argument(each.kind)).collect();
    let required = declared.iter().filter(|each| !each.optional).count();
    (all, any::<bool>())
        .prop_map(move |(mut arguments, short)| {
            // A page of skill groups needs its numbers, which are only optional after `ALL`.
            if short && arguments.first().is_none_or(|word| word != "INDEXING") {
                arguments.truncate(required);
            }
            arguments
        })
        .boxed()
}

/// Any command of this name that its declaration allows.
pub(crate) fn command(name: CommandName) -> BoxedStrategy<Command> {
    arguments(name).prop_map(move |arguments| Command::parse(name, &arguments.join(",")).unwrap()).boxed()
}

pub(crate) fn any_name() -> impl Strategy<Value = CommandName> {
    select(CommandName::ALL)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_command_reads_back_the_same(command in any_name().prop_flat_map(command), id in text()) {
        let request = Request::new(&command, id.as_str()).unwrap();
        let read = Request::from_json(request.to_json().expose_secret().as_bytes()).unwrap();
        prop_assert_eq!(read.name, command.name());
        prop_assert_eq!(&read.id, &id);
        prop_assert_eq!(read.command().unwrap(), command);
    }

    #[test]
    fn no_argument_is_lost(
        (name, arguments) in any_name().prop_flat_map(|name| (Just(name), arguments(name))),
    ) {
        let given = arguments.join(",");
        let body = Command::parse(name, &given).unwrap().to_body().unwrap();
        let written = body.expose_secret();
        prop_assert!(written.matches(',').count() >= given.matches(',').count(), "{} is written as {}", given, written);
        let mut rest = written;
        for (declared, text) in name.declaration().arguments.iter().zip(&arguments) {
            // A word may be written as a synonym, and numbers after `ALL` are ignored.
            if matches!(declared.kind, Kind::Word(_) | Kind::Count) { continue; }
            let found = rest.split_once(text.as_str());
            prop_assert!(found.is_some(), "{} of {} is not in {}", declared.name, name, written);
            rest = found.unwrap().1;
        }
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
    fn debug_output_does_not_contain_the_password(command in any_name().prop_flat_map(command)) {
        let marked = match command {
            Command::Connect { destination, sso, .. } => Command::Connect { destination, sso, password: "hunter2".into() },
            Command::Login { extension, device, .. } => Command::Login { extension, device, password: "hunter2".into() },
            Command::MobileAgentLogin { extension, phone, mode, .. } => Command::MobileAgentLogin { extension, phone, mode, password: "hunter2".into() },
            other => other,
        };
        let request = Request::new(&marked, "1004").unwrap();
        let printed = format!("{marked:?} {request:?} {:?}", request.command());
        prop_assert!(!printed.contains("hunter2"), "{}", printed);
    }
}
