use proptest::prelude::*;

use super::*;

const HEADER: &str = "<stream:stream xmlns='jabber:client' version='1.0'>";

fn root(tag: &str) -> Piece {
    Piece::Root(tag.as_bytes().to_vec())
}

fn child(element: &str) -> Piece {
    Piece::Child(element.as_bytes().to_vec())
}

fn limits() -> Limits {
    Limits { bytes: 4096, depth: 8 }
}

/// Every piece, when the bytes arrive in chunks of these sizes in turn.
fn split(bytes: &[u8], cuts: &[usize]) -> Result<Vec<Piece>, XmlError> {
    let mut cutter = Cutter::new(limits());
    let mut pieces = Vec::new();
    let mut rest = bytes;
    let mut cuts = cuts.iter().copied().cycle();
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(cuts.next().unwrap_or(rest.len()).clamp(1, rest.len()));
        rest = after;
        cutter.push(chunk);
        while let Some(piece) = cutter.next_piece()? {
            pieces.push(piece);
        }
    }
    Ok(pieces)
}

fn error_of(stream: &str) -> XmlError {
    let whole = split(stream.as_bytes(), &[]).unwrap_err();
    assert_eq!(split(stream.as_bytes(), &[1]).unwrap_err(), whole, "the same error whatever the chunks");
    whole
}

fn in_stream(content: &str) -> String {
    format!("<?xml version='1.0'?>\n{HEADER}{content}")
}

#[test]
fn a_stream_is_a_header_its_stanzas_and_an_end() {
    let stanzas = ["<a/>", "<b c='>' d=\"/>\"/>", "<e><f>x</f><g/></e>", "<h><![CDATA[</h>] ]>]]]></h>"];
    let stream =
        in_stream(&format!("{}\n {}{}\t{}</stream:stream>", stanzas[0], stanzas[1], stanzas[2], stanzas[3]));
    let mut expected = vec![root(HEADER)];
    expected.extend(stanzas.map(child));
    expected.push(Piece::End);
    assert_eq!(split(stream.as_bytes(), &[]), Ok(expected.clone()));
    assert_eq!(split(stream.as_bytes(), &[1]), Ok(expected));
}

#[test]
fn whitespace_between_stanzas_is_not_kept() {
    let mut cutter = Cutter::new(limits());
    cutter.push(in_stream("").as_bytes());
    assert!(matches!(cutter.next_piece(), Ok(Some(Piece::Root(_)))));
    for _ in 0..10_000 {
        cutter.push(b" \n");
        assert_eq!(cutter.next_piece(), Ok(None));
    }
    assert!(cutter.buffer.len() <= 2, "{}", cutter.buffer.len());
    assert!(!cutter.is_inside());
}

#[test]
fn a_stream_can_be_asked_whether_it_is_inside_a_stanza() {
    for (part, is_inside) in
        [("", false), ("<", true), ("<a", true), ("<a>", true), ("<a>b</a>", false), (" ", false)]
    {
        let mut cutter = Cutter::new(limits());
        cutter.push(in_stream(part).as_bytes());
        while let Ok(Some(_)) = cutter.next_piece() {}
        assert_eq!(cutter.is_inside(), is_inside, "{part:?}");
    }
}

#[test]
fn what_xmpp_forbids_is_refused() {
    assert_eq!(error_of(&in_stream("<!-- x -->")), XmlError::Restricted("comment"));
    assert_eq!(error_of(&in_stream("<a><!-- x --></a>")), XmlError::Restricted("comment"));
    assert_eq!(error_of(&in_stream("<?php?>")), XmlError::Restricted("processing instruction"));
    assert_eq!(error_of(&in_stream("<a><?php?></a>")), XmlError::Restricted("processing instruction"));
    assert_eq!(error_of("<!DOCTYPE stream>"), XmlError::Doctype);
    assert_eq!(error_of(&in_stream("<a><!ENTITY x 'y'></a>")), XmlError::Restricted("declaration"));
    assert_eq!(error_of(&in_stream("x")), XmlError::StrayText);
    assert_eq!(error_of(&in_stream("<![CDATA[x]]>")), XmlError::StrayText);
    assert_eq!(error_of("HTTP/1.1 400 Bad Request"), XmlError::StrayText);
    assert_eq!(error_of("</stream:stream>"), XmlError::NotOneRoot);
}

#[test]
fn a_stanza_is_refused_as_soon_as_it_is_too_large() {
    let mut cutter = Cutter::new(limits());
    cutter.push(in_stream("<a>").as_bytes());
    let mut pushed = 0;
    let error = loop {
        match cutter.next_piece() {
            Ok(_) => cutter.push(&[b'x'; 100]),
            Err(error) => break error,
        }
        pushed += 100;
        assert!(pushed <= limits().bytes + 100, "kept reading");
    };
    assert_eq!(error, XmlError::TooLarge { bytes: 4097, limit: 4096 });
}

#[test]
fn a_stanza_at_the_limits_passes_and_one_over_does_not() {
    let nested = |depth: usize| in_stream(&format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth)));
    assert_eq!(split(nested(8).as_bytes(), &[]).map(|pieces| pieces.len()), Ok(2));
    assert_eq!(error_of(&nested(9)), XmlError::TooDeep { limit: 8 });
    assert_eq!(error_of(&nested(10_000)), XmlError::TooDeep { limit: 8 });

    let sized = |bytes: usize| in_stream(&format!("<a>{}</a>", "x".repeat(bytes - 7)));
    assert_eq!(split(sized(4096).as_bytes(), &[]).map(|pieces| pieces.len()), Ok(2));
    assert_eq!(error_of(&sized(4097)), XmlError::TooLarge { bytes: 4097, limit: 4096 });
}

#[test]
fn bytes_that_are_not_utf8_do_not_affect_the_next_stanza() {
    let mut stream = in_stream("<a>").into_bytes();
    stream.extend(b"\xff\xfe</a><b/>");
    let expected = vec![root(HEADER), Piece::Child(b"<a>\xff\xfe</a>".to_vec()), child("<b/>")];
    assert_eq!(split(&stream, &[]), Ok(expected));
}

#[test]
fn an_empty_root_ends_at_once() {
    assert_eq!(split(b"<Users/>", &[]), Ok(vec![root("<Users/>"), Piece::End]));
    let marked = "\u{feff}<?xml version='1.0'?><Users/>";
    assert_eq!(split(marked.as_bytes(), &[1]), Ok(vec![root("<Users/>"), Piece::End]));
    assert_eq!(split(b"<Users a='1' /> ", &[1]), Ok(vec![root("<Users a='1' />"), Piece::End]));
}

#[test]
fn an_element_that_is_not_closed_does_not_swallow_what_follows() {
    for crossed in ["<a><b></a>", "<a></b>", "<a><b></c></a>", "<a><bc></b>", "<a/></b>", "<a><b/></ab>"] {
        let error = error_of(&in_stream(crossed));
        assert!(matches!(error, XmlError::Malformed(_)), "{crossed}: {error}");
    }
    let closed = in_stream("<a:b  c='</a>'\n><a/></a:b\t>");
    assert_eq!(split(closed.as_bytes(), &[1]).map(|pieces| pieces.len()), Ok(2));
}

#[test]
fn the_memory_of_a_large_stanza_is_released() {
    let mut cutter = Cutter::new(Limits { bytes: 1 << 20, depth: 8 });
    cutter.push(in_stream(&format!("<a>{}</a>", "x".repeat(500_000))).as_bytes());
    while let Ok(Some(_)) = cutter.next_piece() {}
    assert!(cutter.room().capacity() <= KEPT_CAPACITY);
}

#[test]
fn a_restarted_stream_begins_with_a_header_again() {
    let mut cutter = Cutter::new(limits());
    cutter.push(in_stream("<success/>").as_bytes());
    while let Ok(Some(_)) = cutter.next_piece() {}
    cutter.restart();
    cutter.push(in_stream("<features/>").as_bytes());
    assert_eq!(cutter.next_piece(), Ok(Some(root(HEADER))));
    assert_eq!(cutter.next_piece(), Ok(Some(child("<features/>"))));
}

#[test]
fn after_a_restart_bytes_that_were_already_scanned_are_read_again() {
    let mut cutter = Cutter::new(limits());
    cutter.push(format!("{HEADER}<success/><stream:st").as_bytes());
    while let Ok(Some(_)) = cutter.next_piece() {}
    cutter.restart();
    cutter.push(b"ream a='>'>");
    assert_eq!(cutter.next_piece(), Ok(Some(root("<stream:stream a='>'>"))));
}

/// Stanzas with everything that could confuse a cutter, and characters of two to four bytes.
fn stanza() -> impl Strategy<Value = String> {
    let text =
        prop_oneof!["[a-z é€𝄞&&[^&]]{0,12}", Just("&lt;b&gt;]]&amp;".to_owned()), Just("'\"/".to_owned())];
    let leaf = prop_oneof![
        text.clone().prop_map(|text| format!("<t>{text}</t>")),
        Just("<e/>".to_owned()),
        text.clone().prop_map(|text| format!("<c><![CDATA[<x>]{text}></c>]]]></c>")),
        "[a-zé/> ]{0,8}".prop_map(|value| format!("<q a='{value}\"' b=\"{value}'\" />")),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        proptest::collection::vec(inner, 0..4)
            .prop_map(|children| format!("<n a='1'>{}</n >", children.concat()))
    })
}

proptest! {
    #[test]
    fn the_stanzas_are_the_same_however_the_bytes_arrive(
        stanzas in proptest::collection::vec((stanza(), "[ \n\t]{0,3}"), 0..8),
        cuts in proptest::collection::vec(1_usize..40, 1..10),
    ) {
        let content: String = stanzas.iter().flat_map(|(stanza, blanks)| [stanza.as_str(), blanks]).collect();
        let stream = in_stream(&format!("{content}</stream:stream>"));
        let mut expected = vec![root(HEADER)];
        expected.extend(stanzas.into_iter().map(|(stanza, _)| child(&stanza)));
        expected.push(Piece::End);
        prop_assert_eq!(split(stream.as_bytes(), &cuts), Ok(expected));
    }

    #[test]
    fn any_bytes_give_the_same_outcome_however_they_arrive(
        bytes in proptest::collection::vec(prop_oneof![Just(b'<'), Just(b'>'), Just(b'/'), Just(b'!'), any::<u8>()], 0..200),
        cuts in proptest::collection::vec(1_usize..10, 1..10),
    ) {
        let mut stream = HEADER.as_bytes().to_vec();
        stream.extend(bytes);
        prop_assert_eq!(split(&stream, &cuts), split(&stream, &[]));
    }
}
