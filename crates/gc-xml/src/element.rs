//! The tree: reading by name, building and writing.

use std::borrow::Cow;
use std::fmt;

use quick_xml::escape::escape;

/// An element with its attributes and children, in document order.
///
/// Its texts are borrowed where they can be: from the text that was parsed, or from what it was built of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    name: Cow<'a, str>,
    namespace: Option<Cow<'a, str>>,
    attributes: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    children: Vec<Node<'a>>,
}

/// A child of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node<'a> {
    /// A child element.
    Element(Element<'a>),
    /// Character data, with entities resolved and CDATA sections merged in.
    Text(Cow<'a, str>),
}

impl<'a> Element<'a> {
    /// An element without namespace, attributes or children.
    pub fn new(name: impl Into<Cow<'a, str>>) -> Self {
        Self { name: name.into(), namespace: None, attributes: Vec::new(), children: Vec::new() }
    }

    /// An element in a namespace.
    pub fn in_namespace(name: impl Into<Cow<'a, str>>, namespace: impl Into<Cow<'a, str>>) -> Self {
        Self { namespace: Some(namespace.into()), ..Self::new(name) }
    }

    /// The same element with one more attribute.
    #[must_use]
    pub fn with_attribute(mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> Self {
        self.push_attribute(name.into(), value.into());
        self
    }

    /// The same element with one more child element.
    #[must_use]
    pub fn with_child(mut self, child: Element<'a>) -> Self {
        self.push_child(child);
        self
    }

    /// The same element with more character data.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.push_text(text.into());
        self
    }

    /// The same element, which borrows nothing.
    pub fn into_owned(self) -> Element<'static> {
        let Self { name, namespace, attributes, children } = self;
        Element {
            name: owned(name),
            namespace: namespace.map(owned),
            attributes: attributes.into_iter().map(|(name, value)| (owned(name), owned(value))).collect(),
            children: children.into_iter().map(Node::into_owned).collect(),
        }
    }

    pub(crate) fn push_attribute(&mut self, name: Cow<'a, str>, value: Cow<'a, str>) {
        self.attributes.push((name, value));
    }

    pub(crate) fn push_child(&mut self, child: Element<'a>) {
        self.children.push(Node::Element(child));
    }

    pub(crate) fn push_text(&mut self, text: Cow<'a, str>) {
        if let Some(Node::Text(last)) = self.children.last_mut() {
            last.to_mut().push_str(&text);
        } else if !text.is_empty() {
            // Most elements with text have nothing else.
            if self.children.is_empty() {
                self.children.reserve_exact(1);
            }
            self.children.push(Node::Text(text));
        }
    }

    /// The local name, without prefix.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The namespace, when one is declared for the element's prefix.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// Whether the element has this local name and namespace.
    pub fn is(&self, name: &str, namespace: &str) -> bool {
        self.name == name && self.namespace() == Some(namespace)
    }

    /// The value of an attribute, by its name as written (`xml:lang` keeps its prefix).
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_ref())
    }

    /// Children of both kinds, in order.
    pub fn nodes(&self) -> &[Node<'a>] {
        &self.children
    }

    /// Child elements, in order.
    pub fn children(&self) -> impl Iterator<Item = &Element<'a>> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first child element of this name. Case is ignored, because Finesse's documentation and its wire format
    /// differ in case (`ReasonCode`, `reasonCode`).
    pub fn child(&self, name: &str) -> Option<&Element<'a>> {
        self.children().find(|child| child.name.eq_ignore_ascii_case(name))
    }

    /// All child elements of this name, in order. Case is ignored, as in [`Self::child`].
    pub fn children_named<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b Element<'a>> {
        self.children().filter(move |child| child.name.eq_ignore_ascii_case(name))
    }

    /// The element's own character data, unchanged: white space is kept, the text of child elements is left out.
    pub fn text(&self) -> Cow<'_, str> {
        let mut texts = self.children.iter().filter_map(|node| match node {
            Node::Text(text) => Some(text.as_ref()),
            Node::Element(_) => None,
        });
        let first = texts.next().unwrap_or_default();
        match texts.next() {
            None => Cow::Borrowed(first),
            Some(second) => Cow::Owned([first, second].into_iter().chain(texts).collect()),
        }
    }

    fn write(&self, out: &mut String, inherited: Option<&str>) {
        out.push('<');
        out.push_str(&self.name);
        if self.namespace() != inherited {
            push_attribute(out, "xmlns", self.namespace().unwrap_or_default());
        }
        for (name, value) in &self.attributes {
            push_attribute(out, name, value);
        }
        if self.children.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        for node in &self.children {
            match node {
                Node::Text(text) => out.push_str(&escape(text.as_ref())),
                Node::Element(child) => child.write(out, self.namespace()),
            }
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }
}

impl Node<'_> {
    fn into_owned(self) -> Node<'static> {
        match self {
            Self::Element(element) => Node::Element(element.into_owned()),
            Self::Text(text) => Node::Text(owned(text)),
        }
    }
}

fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

fn push_attribute(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    // Unescaped, a reader would take these for spaces; `escape` leaves them to us.
    out.push_str(&escape(value).replace('\t', "&#9;").replace('\n', "&#10;"));
    out.push('"');
}

/// Writes the element as XML; a namespace is declared where it differs from the parent's.
impl fmt::Display for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write(&mut out, None);
        f.write_str(&out)
    }
}
