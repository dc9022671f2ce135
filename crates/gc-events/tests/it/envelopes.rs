//! Envelopes and streams of every fixture, and of any text.

use crate::printed_file::repository;
use crate::round_trip::{event, on_the_wire, text};
use gc_events::*;
use proptest::option;
use proptest::prelude::*;

const DIALECTS: [Dialect; 2] = [Dialect::Gc4412, Dialect::Tables];

/// The fixtures of a dialect, without their line breaks.
fn fixtures(dialect: Dialect) -> Vec<String> {
    let folder = repository().join("fixtures/events");
    let folder = if dialect == Dialect::Tables { folder.join("tables") } else { folder };
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let read =
        |path| serde_json::from_str::<serde_json::Value>(&std::fs::read_to_string(path).unwrap()).unwrap();
    files.filter(|path| path.is_file()).map(|path| read(path).to_string()).collect()
}

fn envelope(event: Event) -> Envelope {
    let [agent_id, dialog_id] = [event.agent_id(), event.dialog_id()].map(|id| id.map(str::to_owned));
    let (sequence, epoch, id) = (7, "e".to_owned(), Some("an-id".to_owned()));
    Envelope { sequence, epoch, id, agent_id, dialog_id, command_id: None, session_url: None, event }
}

/// Reads what one event is as server-sent events.
fn streamed(id: &str, data: &str, dialect: Dialect) -> Envelope {
    let stream = format!("event: any\nid: {id}\ndata: {data}\n\n");
    let mut reader = StreamReader::new(dialect);
    let mut read = reader.push(stream.as_bytes()).collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(read.len(), 1, "{data}");
    read.remove(0)
}

#[test]
fn every_fixture_is_read_and_written_again_in_its_dialect() {
    for dialect in DIALECTS {
        let fixtures = fixtures(dialect);
        assert!(fixtures.len() > 20, "{dialect}");
        for json in fixtures {
            let event = Event::from_json(&json, dialect).unwrap();
            assert!(!matches!(event, Event::Unknown(_)), "{json}");
            assert_eq!(event.to_json(dialect), json);
        }
    }
}

#[test]
fn every_fixture_comes_out_of_its_envelope_its_callback_and_its_stream() {
    for dialect in DIALECTS {
        for json in fixtures(dialect) {
            let event = Event::from_json(&json, dialect).unwrap();
            let bare = streamed("e.7", &json, dialect);
            assert_eq!((bare.cursor().as_str(), &bare.event), ("e.7", &event));
            if matches!(event, Event::Gap(_)) {
                continue;
            }
            let envelope = envelope(event);
            assert_eq!(Envelope::from_json(&envelope.to_json(dialect), dialect).unwrap(), envelope);
            assert_eq!(streamed("e.7", &envelope.to_json(dialect), dialect), envelope);
            let header = |name: &str| match name {
                "gc-sequence" => Some("7"),
                "gc-epoch" => Some("e"),
                "webhook-id" => Some("an-id"),
                "gc-agent-id" => envelope.agent_id.as_deref(),
                "gc-dialog-id" => envelope.dialog_id.as_deref(),
                _ => None,
            };
            for body in [json.clone(), format!("{{\"data\":{json}}}")] {
                assert_eq!(Envelope::from_callback(header, &body, dialect).unwrap(), envelope, "{body}");
            }
        }
    }
}

#[test]
fn an_unknown_member_changes_nothing() {
    for dialect in DIALECTS {
        for json in fixtures(dialect) {
            let more = json.replacen("\"type\":", "\"aNewMember\":{\"of\":[1]},\"type\":", 1);
            assert_ne!(more, json);
            assert_eq!(
                Event::from_json(&more, dialect).unwrap(),
                Event::from_json(&json, dialect).unwrap(),
                "{more}"
            );
        }
    }
    let json = r#"{"sequence":1,"new":1,"epoch":"e","event":{"type":"Chat","n":1e2},"newer":[]}"#;
    let envelope = Envelope::from_json(json, Dialect::Gc4412).unwrap();
    assert_eq!(envelope.event.to_json(Dialect::Gc4412), r#"{"type":"Chat","n":1e2}"#);
}

#[test]
fn a_gap_has_an_epoch_and_no_number_in_its_envelope() {
    let json = r#"{"epoch":"e","event":{"type":"Gap","from":5,"to":9,"otherEpoch":false}}"#;
    let gap = Envelope::from_json(json, Dialect::Gc4412).unwrap();
    assert_eq!(gap.cursor(), "e.9");
    assert_eq!(gap.event, Event::Gap(Gap { from: 5, to: 9, other_epoch: false }));
    assert_eq!(gap.to_json(Dialect::Gc4412), json);
}

#[test]
fn what_is_no_envelope_is_a_typed_error() {
    let read = |json: &str| Envelope::from_json(json, Dialect::Gc4412).unwrap_err();
    let chat = r#""event":{"type":"Chat"}"#;
    assert!(matches!(read("{"), EnvelopeError::Shape(_)));
    assert!(matches!(read("{}"), EnvelopeError::Missing("event")));
    assert!(matches!(read(&format!("{{{chat}}}")), EnvelopeError::Missing("sequence")));
    assert!(matches!(read(&format!(r#"{{"sequence":1,{chat}}}"#)), EnvelopeError::Missing("epoch")));
    assert!(matches!(read(&format!(r#"{{"sequence":-1,{chat}}}"#)), EnvelopeError::Shape(_)));
    assert!(matches!(read(r#"{"event":{}}"#), EnvelopeError::Event(EventParseError::NoType)));
    let callback = |sequence, epoch| {
        let header = |name: &str| if name == "gc-sequence" { sequence } else { epoch };
        Envelope::from_callback(header, r#"{"type":"Chat"}"#, Dialect::Gc4412)
    };
    assert!(matches!(callback(Some("one"), Some("e")), Err(EnvelopeError::Header("gc-sequence"))));
    assert!(matches!(callback(Some("1"), None), Err(EnvelopeError::Header("gc-epoch"))));
    assert!(callback(Some("1"), Some("e")).is_ok());
}

prop_compose! {
    fn any_envelope()(
        numbers in (any::<u64>(), "[0-9a-f]{1,32}"),
        id in option::of(text()),
        (agent_id, dialog_id) in (option::of(text()), option::of(text())),
        (command_id, session_url) in (option::of(text()), option::of(text())),
        event in prop_oneof![event().boxed(), text().prop_map(|text| {
            let json = serde_json::json!({ "text": text, "type": "Chat" }).to_string();
            Event::Unknown(RawEvent::new("Chat", json).unwrap())
        })],
    ) -> Envelope {
        let (sequence, epoch) = numbers;
        let mut event = event;
        if let Event::Error(error) = &mut event {
            error.dialog_id.clone_from(&dialog_id);
        }
        Envelope { sequence, epoch, id, agent_id, dialog_id, command_id, session_url, event }
    }
}

proptest! {
    #[test]
    fn an_envelope_reads_back_the_same(envelope in any_envelope(), dialect in proptest::sample::select(DIALECTS.to_vec())) {
        let json = envelope.to_json(dialect);
        let expected = Envelope { event: on_the_wire(envelope.event.clone(), dialect), ..envelope };
        prop_assert_eq!(&Envelope::from_json(&json, dialect).unwrap(), &expected);
        prop_assert_eq!(&streamed(&expected.cursor(), &json, dialect), &expected);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(chunks in proptest::collection::vec(prop_oneof![
        any::<Vec<u8>>(), "(id: [a.0-9]{0,4}|data: ?[{}a-z\":]{0,9}|event: x|:)?\r?\n".prop_map(String::into_bytes)
    ], 0..20)) {
        let mut reader = StreamReader::new(Dialect::Gc4412);
        for chunk in chunks {
            reader.push(&chunk).for_each(drop);
        }
    }
}
