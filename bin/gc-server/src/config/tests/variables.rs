//! What is wrong in a variable of the environment.

use super::faults::{NODE, faults};

#[test]
fn a_variable_without_a_key_is_a_mistake_too() {
    for (name, says) in [
        ("GC__SESSION__DEADLIN", "session.deadlin: there is no such key: did you mean session.deadline?"),
        ("GC__SESION__DEADLINE", "sesion: there is no such key: did you mean session?"),
        ("GC__DEADLINE", "deadline: there is no such key here: did you mean session.deadline?"),
        (
            "GC__HTTP__LIMITS__CONNECTION",
            "http.limits.connection: there is no such key: did you mean http.limits.connections?",
        ),
    ] {
        assert_eq!(faults(NODE, &[(name, "5s")]), [format!("variable {name}: {says}")]);
    }
}

#[test]
fn of_a_variable_is_said_what_a_variables_value_looks_like() {
    for (name, value, says) in [
        (
            "GC__FINESSE__NODES",
            "[{",
            "finesse.nodes: this text cannot be used: write a list of tables as in TOML, such as \
             GC__FINESSE__NODES='[{url=\"https://finesse-a.example.com:8445\"}]'",
        ),
        (
            "gc__client",
            "{}",
            "client: a table cannot be used: write a list of tables as in TOML, such as \
             gc__client='[{name=\"one\"}, {name=\"two\"}]'",
        ),
        (
            "GC__CALLBACK__ALLOW",
            "10.0.0.7",
            "callback.allow: this text cannot be used: write a list as in TOML, such as \
             GC__CALLBACK__ALLOW='[\"one\", \"two\"]'",
        ),
        (
            "GC__SESSION__RESOURCE",
            "4711",
            "session.resource: this number cannot be used: write a text in quotes of its own, such as \
             GC__SESSION__RESOURCE='\"7\"'",
        ),
        (
            "GC__FINESSE__ADMINISTRATOR",
            "hush",
            "finesse.administrator: this text cannot be used: write a table as in TOML, such as \
             GC__FINESSE__ADMINISTRATOR='{key=\"value\"}'",
        ),
        (
            "GC__CALLBACK__ALLOW",
            "[7]",
            "callback.allow.0: this number cannot be used: write a text in quotes",
        ),
    ] {
        let file = if name == "GC__FINESSE__NODES" { "" } else { NODE };
        assert_eq!(faults(file, &[(name, value)]), [format!("variable {name}: {says}")]);
    }
}
