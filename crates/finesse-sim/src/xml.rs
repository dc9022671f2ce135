//! Writing XML the way Finesse does: no whitespace between elements, empty elements as `<x></x>`.
//! The caller decides the order of children; Finesse's is alphabetical with few exceptions.

/// A document that is written from start to end.
#[derive(Default)]
pub(crate) struct Xml(String);

impl Xml {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// An element with text; the text is escaped.
    pub(crate) fn leaf(&mut self, name: &str, text: &str) -> &mut Self {
        self.0.push_str(&format!("<{name}>{}</{name}>", escape(text)));
        self
    }

    /// An element with children.
    pub(crate) fn node(&mut self, name: &str, children: impl FnOnce(&mut Self)) -> &mut Self {
        self.0.push_str(&format!("<{name}>"));
        children(self);
        self.0.push_str(&format!("</{name}>"));
        self
    }

    /// An element with one attribute and children.
    pub(crate) fn node_with(
        &mut self,
        name: &str,
        (attribute, value): (&str, &str),
        children: impl FnOnce(&mut Self),
    ) -> &mut Self {
        self.0.push_str(&format!("<{name} {attribute}=\"{}\">", escape(value)));
        children(self);
        self.0.push_str(&format!("</{name}>"));
        self
    }

    /// Markup that this module has written before, copied unchanged.
    pub(crate) fn raw(&mut self, markup: &str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }
}

/// Text as character data or attribute value; characters that XML 1.0 cannot represent are dropped.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\t' | '\n' | '\r' => escaped.push_str(&format!("&#{};", u32::from(character))),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// The trimmed text of the first child of this name; `None` if there is no such child.
pub(crate) fn child_text(node: roxmltree::Node<'_, '_>, name: &str) -> Option<String> {
    node.children().find(|child| child.has_local_name(name)).map(|child| all_text(child).trim().to_owned())
}

/// All character data below a node, joined: comments and CDATA sections may split text.
pub(crate) fn all_text(node: roxmltree::Node<'_, '_>) -> String {
    node.descendants().filter(|part| part.is_text()).filter_map(|part| part.text()).collect()
}

/// Matching by local name in any namespace: clients in the field write both.
pub(crate) trait LocalName {
    fn has_local_name(&self, name: &str) -> bool;
}

impl LocalName for roxmltree::Node<'_, '_> {
    fn has_local_name(&self, name: &str) -> bool {
        self.is_element() && self.tag_name().name() == name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_empty_elements_are_written_out() {
        let mut xml = Xml::new();
        xml.node("User", |xml| {
            xml.leaf("firstName", "Ann & <Co> \"x\" 'y'\u{1}").leaf("pendingState", "");
        });
        assert_eq!(
            xml.finish(),
            "<User><firstName>Ann &amp; &lt;Co&gt; &quot;x&quot; &apos;y&apos;</firstName>\
             <pendingState></pendingState></User>"
        );
    }

    #[test]
    fn text_survives_writing_and_reading() {
        for text in ["plain", "a\tb\nc\rd", "<&>\"'", "üñî ☎ 日本", "]]>"] {
            let mut xml = Xml::new();
            xml.leaf("t", text);
            let document = xml.finish();
            let tree = roxmltree::Document::parse(&document).unwrap();
            assert_eq!(all_text(tree.root_element()), text);
        }
    }
}
