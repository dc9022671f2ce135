//! Hostile and random input.

use finesse_types::{ParseError, Request, Update, XmlError, read_answer};
use proptest::prelude::*;

fn refused(xml: &str) -> XmlError {
    match Update::parse(xml) {
        Err(ParseError::Xml(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_hostile_notification_is_a_typed_error() {
    assert_eq!(refused("<Update><data><user><loginId>11"), XmlError::Truncated);
    assert_eq!(refused("<!DOCTYPE Update [<!ENTITY a \"aaaa\">]><Update>&a;</Update>"), XmlError::Doctype);
    let deep = "<Update>".repeat(10_000) + &"</Update>".repeat(10_000);
    assert!(matches!(refused(&deep), XmlError::TooDeep { .. }));
    let large = format!("<Update><data>{}</data></Update>", " ".repeat(50 << 20));
    assert!(matches!(refused(&large), XmlError::TooLarge { .. }));
    assert!(matches!(Update::parse("<html/>"), Err(ParseError::Root { found, .. }) if found == "html"));
}

#[test]
fn a_notification_about_an_unknown_object_keeps_its_name() {
    let update = Update::parse("<Update><data><Hologram/></data><event>MELT</event></Update>").unwrap();
    assert_eq!(format!("{:?} {}", update.payload, update.event), "Unknown(\"Hologram\") MELT");
    assert_eq!(format!("{:?}", Update::parse("<Update/>").unwrap().payload), "Unknown(\"\")");
}

/// XML of Finesse's element names in any order and nesting, with and without content.
fn soup() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "Update",
        "data",
        "user",
        "dialogs",
        "Dialog",
        "dialog",
        "participants",
        "Participant",
        "actions",
        "action",
        "state",
        "event",
        "source",
        "mediaProperties",
        "callvariables",
        "CallVariable",
        "name",
        "value",
        "ApiErrors",
        "apiError",
        "errorType",
        "reasonCode",
        "reasonCodeId",
        "uri",
        "wrapUpTimer",
        "teams",
        "Team",
        "contacts",
        "Contact",
        "statistics",
        "id",
        "x",
    ]);
    let leaf = (words.clone(), "[ -%'-;=?-~é]*").prop_map(|(word, text)| format!("<{word}>{text}</{word}>"));
    leaf.prop_recursive(6, 64, 8, move |inner| {
        (words.clone(), prop::collection::vec(inner, 0..8))
            .prop_map(|(word, children)| format!("<{word}>{}</{word}>", children.concat()))
    })
}

proptest! {
    #[test]
    fn elements_in_any_order_do_not_make_a_notification_fail(inside in soup()) {
        let update = Update::parse(&format!("<Update><data>{inside}</data>{inside}</Update>"));
        prop_assert!(update.is_ok());
    }

    #[test]
    fn elements_in_any_order_do_not_make_a_list_fail(inside in soup()) {
        for (request, list) in [
            (
                Request::PhoneBooks { user: String::new() },
                format!("<PhoneBooks><PhoneBook>{inside}</PhoneBook><PhoneBook><contacts>{inside}</contacts></PhoneBook></PhoneBooks>"),
            ),
            (
                Request::Queues { user: String::new() },
                format!("<Queues><Queue>{inside}</Queue><Queue><statistics>{inside}</statistics></Queue></Queues>"),
            ),
        ] {
            let answer = read_answer(&request, 206, None, list.as_bytes());
            prop_assert!(answer.is_ok(), "{answer:?}");
        }
    }

    #[test]
    fn no_text_causes_a_panic(text: String, bytes: Vec<u8>, status in 100u16..600) {
        let _ = Update::parse(&text);
        for request in [
            Request::SystemInfo,
            Request::Users,
            Request::Team { id: text.clone(), include_logged_out: true },
            Request::PhoneBooks { user: text.clone() },
            Request::PhoneBookContacts { id: text.clone() },
            Request::Queues { user: text.clone() },
        ] {
            let _ = read_answer(&request, status, Some(&text), &bytes);
            let _ = read_answer(&request, status, None, text.as_bytes());
        }
    }

    #[test]
    fn a_cut_text_is_an_error(inside in soup(), at: prop::sample::Index) {
        let whole = format!("<Update><data>{inside}</data></Update>");
        let cut: String = whole.chars().take(at.index(whole.chars().count())).collect();
        prop_assert!(Update::parse(&cut).is_err());
    }
}
