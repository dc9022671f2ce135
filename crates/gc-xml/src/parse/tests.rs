use std::borrow::Cow;

use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<Element<'_>, XmlError> {
    parse(text, &Limits::default())
}

#[test]
fn children_are_found_by_name_whatever_case_order_and_prefix() {
    let user = read("<u:User xmlns:u='x'><b/><u:LoginId>1001</u:LoginId><b>2</b></u:User>").unwrap();
    assert_eq!(user.namespace(), Some("x"));
    assert_eq!(user.child("loginId").map(Element::text).as_deref(), Some("1001"));
    assert_eq!(user.children_named("B").count(), 2);
    assert_eq!(user.child("state"), None);
}

#[test]
fn entities_cdata_and_comments_join_into_one_text() {
    let n = read("<n>a &lt;b&gt; &#233;<!-- no --><![CDATA[ <c> ]]>&amp;</n>").unwrap();
    assert_eq!(n.text(), "a <b> é <c> &");
    assert_eq!(n, Element::new("n").with_text("a <b> é <c> &"));
}

#[test]
fn line_breaks_beside_references_are_line_feeds() {
    assert_eq!(read("<n>a\r\n&lt;\r&amp;\r\n\r&#13;&#xa;\r</n>").unwrap().text(), "a\n<\n&\n\n\r\n\n");
}

#[test]
fn a_reference_that_is_wrong_is_refused_wherever_it_stands() {
    for text in ["<n>&lt;a&b;c</n>", "<n>&lt;<b/>&amp;&b;</n>"] {
        assert_eq!(read(text), Err(XmlError::UnknownEntity("b".to_owned())), "{text}");
    }
    for text in ["<n>&lt;a&</n>", "<n>&gt;&lt&gt;</n>", "<n>&amp;&#x110000;</n>", "<n>&amp;&#0;</n>", "<n>&"]
    {
        assert!(matches!(read(text), Err(XmlError::Malformed(_))), "{text}: {:?}", read(text));
    }
}

#[test]
fn what_is_written_plainly_is_borrowed_from_the_text() {
    let text = "<p:a xmlns:p='u' k='v'><b>plain</b><c>&lt;</c></p:a>";
    let lies_in = |part: &str| text.as_bytes().as_ptr_range().contains(&part.as_ptr());
    let root = read(text).unwrap();
    let [b, c] = ["b", "c"].map(|name| root.child(name).unwrap().text());
    let texts = [root.name(), root.attribute("k").unwrap(), &b].map(lies_in);
    assert_eq!((texts, matches!(c, Cow::Borrowed("<")) && !lies_in(&c)), ([true; 3], true));
    assert_eq!(root.clone().into_owned(), root);
}

#[test]
fn a_namespace_ends_with_the_element_that_declares_it() {
    let root = read("<a k='1'><b xmlns='u' xmlns:p='v'><c k='2'/><p:d xmlns:p='w'/><p:e/></b><c/><p:d/></a>");
    let root = root.unwrap();
    let names = |parent: &Element<'_>| -> Vec<_> {
        parent
            .children()
            .map(|child| (child.name().to_owned(), child.namespace().map(str::to_owned)))
            .collect()
    };
    let of = |name: &str, namespace: Option<&str>| (name.to_owned(), namespace.map(str::to_owned));
    assert_eq!(names(&root), [of("b", Some("u")), of("c", None), of("d", None)]);
    let inside = names(root.child("b").unwrap());
    assert_eq!(inside, [of("c", Some("u")), of("d", Some("w")), of("e", Some("v"))]);
}

#[test]
fn a_stanza_takes_the_namespace_of_its_stream() {
    let message = parse_in("<message><x xmlns='y'/></message>", Some("jabber:client"), &Limits::default());
    let message = message.unwrap();
    assert!(message.is("message", "jabber:client"));
    assert!(message.child("x").unwrap().is("x", "y"));
}

#[test]
fn what_is_not_one_whole_document_is_refused() {
    assert_eq!(read("<a><b></b>"), Err(XmlError::Truncated));
    assert_eq!(read("<a><b"), Err(XmlError::Truncated));
    assert_eq!(read(""), Err(XmlError::NotOneRoot));
    assert_eq!(read("plain"), Err(XmlError::NotOneRoot));
    assert_eq!(read("<a/><b/>"), Err(XmlError::NotOneRoot));
    assert_eq!(read("<a/>tail"), Err(XmlError::NotOneRoot));
    assert!(matches!(read("<a></b>"), Err(XmlError::Malformed(_))));
}

#[test]
fn a_document_type_and_its_entities_are_refused() {
    assert_eq!(read("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>"), Err(XmlError::Doctype));
    assert_eq!(read("<a>&nbsp;</a>"), Err(XmlError::UnknownEntity("nbsp".into())));
}

#[test]
fn size_and_depth_have_limits() {
    let limits = Limits { bytes: 40, depth: 3 };
    assert!(parse("<a><b><c/></b></a>", &limits).is_ok());
    assert_eq!(parse("<a><b><c><d/></c></b></a>", &limits), Err(XmlError::TooDeep { limit: 3 }));
    let long = format!("<a>{}</a>", "x".repeat(40));
    assert_eq!(parse(&long, &limits), Err(XmlError::TooLarge { bytes: 47, limit: 40 }));
    let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
    assert_eq!(read(&deep), Err(XmlError::TooDeep { limit: 64 }));
}

fn tree() -> impl Strategy<Value = Element<'static>> {
    // XML has no way to write other control characters.
    let text = "([^\\p{C}]|[\t\n\r]){0,8}";
    let leaf = ("[a-z]{1,3}", text).prop_map(|(name, text)| Element::new(name).with_text(text));
    leaf.prop_recursive(4, 24, 4, move |inner| {
        ("[a-z]{1,3}", text, proptest::collection::vec(inner, 0..4)).prop_map(|(name, value, children)| {
            children.into_iter().fold(Element::new(name).with_attribute("k", value), Element::with_child)
        })
    })
}

#[test]
fn a_name_that_xml_does_not_allow_is_refused() {
    for text in [
        "<e;/>",
        "<;:a/>",
        "<a;:b/>",
        "<1/>",
        "<-a/>",
        "<a=b/>",
        "<p:q:a/>",
        "<p:1/>",
        "<a b;='c'/>",
        "<a 1='c'/>",
        "<a ='c'/>",
    ] {
        assert!(matches!(read(text), Err(XmlError::Malformed(_))), "{text}: {:?}", read(text));
    }
    for text in ["<_a.b-c1/>", "<ä/>", "<a x:y='1' _='2'/>"] {
        assert!(read(text).is_ok(), "{text}: {:?}", read(text));
    }
}

#[test]
fn entities_in_the_name_of_a_namespace_are_resolved() {
    let element = read("<p:a xmlns:p='urn:a&amp;&#98;'/>").unwrap();
    assert_eq!(element.namespace(), Some("urn:a&b"));
    assert_eq!(read(&element.to_string()), Ok(element));
    assert!(matches!(read("<a xmlns='&nbsp;'/>"), Err(XmlError::Malformed(_))));
}

/// Unescaped they would be read as spaces (XML 1.0, 3.3.3).
#[test]
fn a_line_break_in_an_attribute_is_written_as_one() {
    let element = Element::new("a").with_attribute("b", "1\t2\n3\r4");
    assert_eq!(element.to_string(), r#"<a b="1&#9;2&#10;3&#13;4"/>"#);
    assert_eq!(read(&element.to_string()), Ok(element));
}

proptest! {
    #[test]
    fn what_is_written_reads_back_the_same(element in tree()) {
        let written = element.to_string();
        prop_assert_eq!(read(&written), Ok(element));
    }

    #[test]
    fn any_text_is_a_tree_or_an_error(text in "[<>&;'\"/a!\\[\\]-]{0,40}") {
        if let Ok(element) = read(&text) {
            let written = element.to_string();
            prop_assert_eq!(read(&written), Ok(element));
        }
    }
}
