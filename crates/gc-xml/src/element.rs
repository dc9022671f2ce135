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
    content: Content<'a>,
}

/// What is between the tags. Most elements have a text and nothing else, which needs no list.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Content<'a> {
    Text(Cow<'a, str>),
    Nodes(Vec<Node<'a>>),
}

/// One of several things between the tags. No text is empty, and none follows another.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Node<'a> {
    Element(Element<'a>),
    /// Character data, with entities resolved and CDATA sections merged in.
    Text(Cow<'a, str>),
}

impl<'a> Element<'a> {
    /// An element without namespace, attributes or children.
    pub fn new(name: impl Into<Cow<'a, str>>) -> Self {
        let content = Content::Text(Cow::Borrowed(""));
        Self { name: name.into(), namespace: None, attributes: Vec::new(), content }
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
        let Self { name, namespace, attributes, content } = self;
        Element {
            name: owned(name),
            namespace: namespace.map(owned),
            attributes: attributes.into_iter().map(|(name, value)| (owned(name), owned(value))).collect(),
            content: match content {
                Content::Text(text) => Content::Text(owned(text)),
                Content::Nodes(nodes) => Content::Nodes(nodes.into_iter().map(Node::into_owned).collect()),
            },
        }
    }

    pub(crate) fn push_attribute(&mut self, name: Cow<'a, str>, value: Cow<'a, str>) {
        self.attributes.push((name, value));
    }

    pub(crate) fn push_child(&mut self, child: Element<'a>) {
        let child = Node::Element(child);
        match &mut self.content {
            Content::Nodes(nodes) => nodes.push(child),
            Content::Text(text) if text.is_empty() => self.content = Content::Nodes(vec![child]),
            Content::Text(text) => {
                self.content = Content::Nodes(vec![Node::Text(std::mem::take(text)), child]);
            }
        }
    }

    pub(crate) fn push_text(&mut self, text: Cow<'a, str>) {
        if text.is_empty() {
            return;
        }
        match &mut self.content {
            Content::Text(own) if own.is_empty() => *own = text,
            Content::Text(own) => own.to_mut().push_str(&text),
            Content::Nodes(nodes) => match nodes.last_mut() {
                Some(Node::Text(last)) => last.to_mut().push_str(&text),
                _ => nodes.push(Node::Text(text)),
            },
        }
    }

    fn nodes(&self) -> &[Node<'a>] {
        match &self.content {
            Content::Text(_) => &[],
            Content::Nodes(nodes) => nodes,
        }
    }

    /// Whether this is its name, but for case.
    fn is_named(&self, name: &str) -> bool {
        let begins = |text: &str| text.bytes().next().map(|byte| byte.to_ascii_lowercase());
        // Nearly all that differ do so in their length or their first letter, which is quicker to see.
        self.name.len() == name.len()
            && begins(&self.name) == begins(name)
            && (self.name == name || self.name.eq_ignore_ascii_case(name))
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

    /// Child elements, in order.
    pub fn children(&self) -> impl Iterator<Item = &Element<'a>> {
        self.nodes().iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first child element of this name. Case is ignored, because Finesse's documentation and its wire format
    /// differ in case (`ReasonCode`, `reasonCode`).
    pub fn child(&self, name: &str) -> Option<&Element<'a>> {
        self.children().find(|child| child.is_named(name))
    }

    /// All child elements of this name, in order. Case is ignored, as in [`Self::child`].
    pub fn children_named<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b Element<'a>> {
        self.children().filter(move |child| child.is_named(name))
    }

    /// The element's own character data, unchanged: white space is kept, the text of child elements is left out.
    pub fn text(&self) -> Cow<'_, str> {
        let nodes = match &self.content {
            Content::Text(text) => return Cow::Borrowed(text.as_ref()),
            Content::Nodes(nodes) => nodes,
        };
        let mut texts = nodes.iter().filter_map(|node| match node {
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
        match &self.content {
            Content::Text(text) if text.is_empty() => {
                out.push_str("/>");
                return;
            }
            Content::Text(text) => {
                out.push('>');
                out.push_str(&escape(text.as_ref()));
            }
            Content::Nodes(nodes) => {
                out.push('>');
                for node in nodes {
                    match node {
                        Node::Text(text) => out.push_str(&escape(text.as_ref())),
                        Node::Element(child) => child.write(out, self.namespace()),
                    }
                }
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
