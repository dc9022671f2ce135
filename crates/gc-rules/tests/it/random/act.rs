//! Random acts.

use gc_protocol::{Argument, CommandName, Kind};
use gc_rules::ClientKey;
use proptest::prelude::*;

use super::finesse::{CALLBACK, DIALOGS, OWN, REASONS, RandomCall, TYPES, USERS};

/// One thing that happens. The numbers choose among what is possible at that moment.
#[derive(Clone, Debug)]
pub(super) enum Act {
    Say {
        rival: bool,
        command: CommandName,
        choice: u8,
        garbage: Option<String>,
    },
    /// A supervisor's command for a team member.
    SayFor {
        command: CommandName,
    },
    Team {
        state: usize,
        again: bool,
    },
    Subscribed,
    NotSubscribed,
    Answer {
        which: usize,
        how: u8,
        user: usize,
        dialogs: Vec<RandomCall>,
    },
    User {
        state: usize,
        reason: usize,
        again: bool,
        echo: usize,
    },
    Dialog {
        event: u8,
        call: RandomCall,
        echo: usize,
    },
    Refused {
        source: u8,
        echo: usize,
    },
    Timer {
        which: usize,
    },
    Stream {
        how: u8,
    },
    Restored,
}

/// Every command for agents. Those that others depend on are more frequent.
pub(super) fn commands() -> impl Strategy<Value = CommandName> {
    use CommandName as Name;
    let every: Vec<_> =
        Name::ALL.iter().copied().filter(|name| !matches!(name, Name::Hello | Name::Beat)).collect();
    let often = vec![Name::Connect, Name::Login, Name::ConsultCall, Name::ForceLogout];
    prop_oneof![8 => prop::sample::select(every), 1 => prop::sample::select(often)]
}

/// A valid body of the command.
pub(super) fn body(name: CommandName, client: &ClientKey, choice: u8) -> String {
    let given = |argument: &&Argument| argument.name != "sso";
    let text = |argument: &Argument| match (argument.name, argument.kind) {
        ("dialogId", _) => choice.to_string(),
        ("destination", _) => client.to_string(),
        ("reasonCode", _) => "101".to_owned(),
        ("agentExtension", _) if choice == 0 => "5550100".to_owned(),
        ("agentExtension", _) => "2002".to_owned(),
        (_, Kind::Extension) => "2001".to_owned(),
        (_, Kind::Device) => "SEP001122334455".to_owned(),
        (_, Kind::Time) => CALLBACK.to_owned(),
        (_, Kind::Variables) => "callVariable1=gold".to_owned(),
        (_, Kind::Count) => choice.to_string(),
        (_, Kind::Word(words)) => words[usize::from(choice) % words.len()].to_owned(),
        (_, Kind::Secret) => "demo".to_owned(),
        (_, Kind::Text | Kind::FreeText) => "5550100".to_owned(),
    };
    name.declaration().arguments.iter().filter(given).map(text).collect::<Vec<_>>().join(",")
}

pub(super) fn call() -> impl Strategy<Value = RandomCall> {
    (0..3_u8, 0..DIALOGS.len(), 0..OWN.len(), 0..20_u8, 0..TYPES.len())
}

pub(super) fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (prop::bool::weighted(0.1), commands(), 0..3_u8, prop::option::weighted(0.1, "[ -~]{0,20}"))
            .prop_map(|(rival, command, choice, garbage)| Act::Say { rival, command, choice, garbage }),
        1 => commands().prop_map(|command| Act::SayFor { command }),
        1 => (0..USERS.len(), any::<bool>()).prop_map(|(state, again)| Act::Team { state, again }),
        2 => Just(Act::Subscribed),
        1 => Just(Act::NotSubscribed),
        6 => (any::<usize>(), 0..12_u8, 0..USERS.len(), prop::collection::vec(call(), 0..3))
            .prop_map(|(which, how, user, dialogs)| Act::Answer { which, how, user, dialogs }),
        3 => (0..USERS.len(), 0..REASONS.len(), any::<bool>(), 0..4_usize)
            .prop_map(|(state, reason, again, echo)| Act::User { state, reason, again, echo }),
        4 => (0..3_u8, call(), 0..4_usize).prop_map(|(event, call, echo)| Act::Dialog { event, call, echo }),
        1 => (0..4_u8, 0..4_usize).prop_map(|(source, echo)| Act::Refused { source, echo }),
        2 => any::<usize>().prop_map(|which| Act::Timer { which }),
        2 => (0..8_u8).prop_map(|how| Act::Stream { how }),
        1 => Just(Act::Restored),
    ]
}
