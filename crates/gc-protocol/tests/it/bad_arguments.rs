//! Invalid arguments for every command: each gives a code and a text for the agent, never a panic.

use gc_protocol::{Argument, ArgumentError, Command, CommandName, ErrorCode, Kind};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A valid value for an argument of this kind.
fn good(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "4711",
        Kind::Extension => "2001",
        Kind::Device => "SEP001122334455",
        Kind::FreeText => "Sale",
        Kind::Secret => "demo",
        Kind::Variables => "callVariable1=gold",
        Kind::Word(words) => words[0],
        Kind::Count => "1",
        Kind::Time => "2030-01-31T10:00",
    }
}

/// Valid values for the first `count` arguments of a command.
fn first(count: usize, name: CommandName) -> Vec<String> {
    let declared = name.declaration().arguments.iter().take(count);
    declared.map(|argument| good(argument.kind).to_owned()).collect()
}

#[track_caller]
fn refused(name: CommandName, body: &str) -> ArgumentError {
    let error = Command::parse(name, body).expect_err(&format!("{name} takes {body:?}"));
    assert!(error.message().starts_with(&format!("{name}: ")) && error.message().ends_with('.'), "{error:?}");
    error
}

/// The commands and their arguments.
fn arguments() -> impl Iterator<Item = (CommandName, usize, &'static Argument)> {
    CommandName::ALL.iter().flat_map(|name| {
        let arguments = name.declaration().arguments.iter().enumerate();
        arguments.map(|(index, argument)| (*name, index, argument))
    })
}

#[test]
fn the_first_argument_that_is_missing_gives_its_own_code() {
    for (name, index, argument) in arguments().filter(|(.., argument)| !argument.optional) {
        let error = refused(name, &first(index, name).join(","));
        assert_eq!((error.argument, &error.code), (Some(argument.name), &argument.missing), "{name}");
    }
}

#[test]
fn one_argument_too_many_is_refused() {
    for name in CommandName::ALL {
        let declared = name.declaration().arguments;
        if declared.iter().any(|argument| argument.kind.may_hold_commas()) {
            continue; // That argument takes the surplus.
        }
        let mut arguments = first(declared.len(), *name);
        arguments.push("1".to_owned());
        let error = refused(*name, &arguments.join(","));
        assert_eq!((error.argument, error.code), (None, ErrorCode::PleaseRetry), "{name}");
    }
}

/// Invalid values for an argument of this kind, each with its error code.
fn wrong(kind: Kind) -> Vec<(String, ErrorCode)> {
    let long = kind.limit() + 1;
    let (too_long, of_kind) = match kind {
        Kind::Extension => ("1".repeat(long), vec![("20o1", ErrorCode::WrongExtension)]),
        Kind::Word(_) => ("x".repeat(long), vec![("perhaps", ErrorCode::PleaseRetry)]),
        Kind::Count => {
            let values = ["many", "-1", "1.5", "4294967296"];
            ("1".repeat(long), values.map(|value| (value, ErrorCode::PleaseRetry)).to_vec())
        }
        Kind::Time => {
            let values =
                ["tomorrow", "2030-02-30T10:00", "2030-01-31 10:00", "2030-01-31T24:00", "2030-1-31T10:00"];
            ("1".repeat(long), values.map(|value| (value, ErrorCode::PleaseRetry)).to_vec())
        }
        Kind::Variables => {
            let values = ["nonsense", "=value", "a=1|", "a=1||b=2"];
            (
                format!("a={}", "x".repeat(long)),
                values.map(|value| (value, ErrorCode::InvalidCallData)).to_vec(),
            )
        }
        Kind::Device => ("x".repeat(long), vec![("7x", ErrorCode::PleaseRetry)]),
        Kind::Text | Kind::FreeText | Kind::Secret => ("x".repeat(long), Vec::new()),
    };
    let of_kind = of_kind.into_iter().map(|(value, code)| (value.to_owned(), code));
    let of_any = [(too_long, ErrorCode::PleaseRetry), ("a\u{1}=b".to_owned(), ErrorCode::PleaseRetry)];
    of_kind.chain(of_any).collect()
}

#[test]
fn an_argument_of_the_wrong_kind_is_named() {
    for (name, index, argument) in arguments() {
        let declared = name.declaration().arguments;
        if argument.optional && declared[..index].iter().any(|before| before.kind.may_hold_commas()) {
            continue; // An invalid value would be part of that argument.
        }
        let required = declared.iter().filter(|argument| !argument.optional).count();
        let mut arguments = first(required.max(index + 1), name);
        for (value, code) in wrong(argument.kind) {
            arguments[index] = value;
            let error = refused(name, &arguments.join(","));
            assert_eq!((error.argument, error.code), (Some(argument.name), code), "{name}");
        }
    }
}

/// Parts of bodies: words with a meaning, and any text.
fn piece() -> impl Strategy<Value = String> {
    let meant =
        ["", "null", "2001", "4711", "true", "<SSO>", "ACCEPT", "INDEXING", "2030-01-31T10:00", "a=b|c=d"];
    prop_oneof![select(meant.to_vec()).prop_map(str::to_owned), any::<String>(), Just("9".repeat(300))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn the_error_for_any_body_is_for_the_agent_and_repeats_nothing(
        name in select(CommandName::ALL), before in vec(piece(), 0..4), after in vec(piece(), 0..4),
    ) {
        let body = [before, vec!["hunter2".to_owned()], after].concat().join(",");
        if let Err(error) = Command::parse(name, &body) {
            let declared = name.declaration().arguments;
            let named = declared.iter().find(|argument| Some(argument.name) == error.argument);
            prop_assert_eq!(named.is_some(), error.argument.is_some());
            let codes = [ErrorCode::PleaseRetry, ErrorCode::WrongExtension, ErrorCode::InvalidCallData];
            prop_assert!(
                codes.contains(&error.code) || named.is_some_and(|argument| argument.missing == error.code),
                "{error:?}"
            );
            prop_assert!(!format!("{error:?} {}", error.message()).contains("hunter2"), "{error:?}");
            prop_assert!(error.message().len() < 300, "{error:?}");
        }
    }
}
