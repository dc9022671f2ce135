//! The paths that are counted, each in a function of its own that callgrind finds by its name.

use std::hint::black_box;

use gc_rules::Output;
use quick_xml::events::Event as XmlEvent;
use quick_xml::reader::Reader;
use serde::de::IgnoredAny;

use crate::finesse::{self, Part};
use crate::scene::Scene;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    LexUpdate,
    LexMessage,
    Notification,
    LexCommand,
    Command,
}

impl Path {
    pub(crate) const ALL: [Self; 5] =
        [Self::LexUpdate, Self::LexMessage, Self::Notification, Self::LexCommand, Self::Command];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::LexUpdate => "lex-update",
            Self::LexMessage => "lex-message",
            Self::Notification => "notification",
            Self::LexCommand => "lex-command",
            Self::Command => "command",
        }
    }

    /// The function in which instructions count. No other function's name contains it.
    pub(crate) fn function(self) -> &'static str {
        match self {
            Self::LexUpdate | Self::LexMessage => "counted_lexing_of_xml",
            Self::Notification => "counted_notification",
            Self::LexCommand => "counted_lexing_of_json",
            Self::Command => "counted_command",
        }
    }

    /// Passes through it `times` times, each time with a different input.
    pub(crate) fn pass(self, times: usize) {
        let mut scene = Scene::talking();
        for index in 0..times {
            let part = Part::of(index);
            match self {
                Self::LexUpdate => counted_lexing_of_xml(&finesse::update(part, index, "")),
                Self::LexMessage => counted_lexing_of_xml(&finesse::message(part, index, "")),
                Self::Notification => {
                    let events = counted_notification(&mut scene, &finesse::message(part, index, ""));
                    let [event] = &events[..] else { panic!("{events:?}") };
                    assert!(event.starts_with(r#"{"type":"InboundCall","#), "{event}");
                    assert!(
                        event.contains(&format!(r#","state":"{}","startTime""#, part.state())),
                        "{event}"
                    );
                }
                Self::LexCommand => counted_lexing_of_json(&finesse::command(part)),
                Self::Command => {
                    let outputs = counted_command(&mut scene, &finesse::command(part));
                    scene.settle(outputs, part);
                }
            }
        }
    }
}

// None of them ends in a call: the compiler could turn it into a jump, and callgrind would miss the end.

#[inline(never)]
fn counted_lexing_of_xml(text: &str) {
    let mut reader = Reader::from_str(text);
    while black_box(reader.read_event().expect("XML")) != XmlEvent::Eof {}
}

#[inline(never)]
fn counted_lexing_of_json(text: &str) {
    let _: IgnoredAny = black_box(serde_json::from_str(text).expect("JSON"));
}

#[inline(never)]
fn counted_notification(scene: &mut Scene, message: &str) -> Vec<String> {
    let events = scene.hear(message);
    black_box(&events);
    events
}

#[inline(never)]
fn counted_command(scene: &mut Scene, json: &str) -> Vec<Output> {
    let outputs = scene.send(json);
    black_box(&outputs);
    outputs
}
