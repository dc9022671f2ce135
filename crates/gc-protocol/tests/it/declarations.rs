//! The declarations are consistent.

use gc_protocol::catalogue::examples;
use gc_protocol::{CommandName, Dialect, Kind};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn every_name_and_alias_belongs_to_one_command() {
    let mut owners = BTreeMap::new();
    for name in CommandName::ALL {
        let declaration = name.declaration();
        for spelling in declaration.aliases.iter().chain([&declaration.wire]) {
            assert_eq!(spelling.parse(), Ok(*name));
            let other = owners.insert(spelling.to_ascii_lowercase(), *name);
            assert_eq!(other, None, "{spelling} is declared twice");
        }
    }
}

#[test]
fn every_declaration_is_complete() {
    for name in CommandName::ALL {
        let declaration = name.declaration();
        for text in [declaration.wire, declaration.category, declaration.effect, declaration.summary] {
            assert!(!text.is_empty(), "{name}: {declaration:?}");
        }
        let with_commas = declaration.arguments.iter().filter(|argument| argument.kind.may_hold_commas());
        assert!(with_commas.count() <= 1, "{name}: only one argument may contain commas");
        let after_optional = declaration.arguments.iter().skip_while(|argument| !argument.optional);
        assert!(
            after_optional.into_iter().all(|argument| argument.optional),
            "{name}: optional ones come last"
        );
    }
}

#[test]
fn passwords_are_secret() {
    for name in CommandName::ALL {
        for argument in name.declaration().arguments {
            assert_eq!(argument.name == "password", argument.kind == Kind::Secret, "{name} {argument:?}");
            assert_eq!(argument.kind.is_secret(), argument.kind == Kind::Secret);
        }
    }
}

#[test]
fn the_events_of_a_command_exist() {
    let examples = gc_protocol::gc_events::catalogue::examples();
    let types: BTreeSet<_> = examples.iter().map(|e| e.event.type_name(Dialect::Gc4412)).collect();
    for name in CommandName::ALL {
        for event in name.declaration().events {
            assert!(types.contains(event), "{name}: {event}");
        }
    }
}

#[test]
fn every_command_has_an_example() {
    let shown: Vec<_> = examples().iter().map(|example| example.request.name).collect();
    for name in CommandName::ALL {
        assert!(shown.contains(name), "{name}");
    }
}
