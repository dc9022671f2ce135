//! Reads an answer in parts. A list is read object by object, so its text is never in memory as a whole.

use gc_xml::{Cutter, Element, Limits, Piece, XmlError, parse};

use super::{Answer, errors_in, is_html, read_whole};
use crate::api_errors::ApiErrors;
use crate::failure::Failure;
use crate::request::Request;

/// The most objects in a list: twice the 50,000 users of the largest sites.
const MAX_OBJECTS: usize = 100_000;

/// Reads an answer in parts, and fails as soon as it is known not to be one.
///
/// ```
/// use finesse_types::{Answer, AnswerReader, Request};
///
/// let mut reader = AnswerReader::new(&Request::Users, 200, Some("application/xml"));
/// reader.push(b"<Users><User><loginId>10")?;
/// reader.push(b"42</loginId></User></Users>")?;
/// assert!(matches!(reader.finish()?, Answer::Users(users) if users[0].login_id == "1042"));
/// # Ok::<(), finesse_types::Failure>(())
/// ```
#[derive(Debug)]
pub struct AnswerReader<'a> {
    request: &'a Request,
    status: u16,
    is_html: bool,
    /// The number of bytes so far.
    length: usize,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Whole(Vec<u8>),
    List(Box<List>),
}

impl<'a> AnswerReader<'a> {
    /// A reader for an answer to `request` with this status and content type.
    pub fn new(request: &'a Request, status: u16, content_type: Option<&str>) -> Self {
        let is_html = content_type.is_some_and(is_html);
        let list = Answer::empty_list(request).filter(|_| is_success(status) && !is_html);
        let body = match list {
            Some((root, answer)) => Body::List(Box::new(List::new(root, answer, request.limits()))),
            None => Body::Whole(Vec::new()),
        };
        Self { request, status, is_html, length: 0, body }
    }

    /// Reads the next part.
    ///
    /// # Errors
    /// When the parts so far are not an answer to the request, or longer than [`Request::answer_limit`]. Further parts
    /// cannot change that.
    pub fn push(&mut self, part: &[u8]) -> Result<(), Failure> {
        self.length = self.length.saturating_add(part.len());
        let limit = self.request.answer_limit();
        if self.length > limit {
            return Err(self.failed(format!("longer than {limit} bytes")));
        }
        match &mut self.body {
            Body::Whole(bytes) => {
                bytes.extend_from_slice(part);
                Ok(())
            }
            Body::List(list) => list.push(part).map_err(|reason| self.failed(reason)),
        }
    }

    /// The answer, after its last part.
    ///
    /// # Errors
    /// When Finesse refused the request, or the body is not the expected one.
    pub fn finish(self) -> Result<Answer, Failure> {
        let Self { request, status, is_html, body, .. } = self;
        let unreadable = |reason| Failure::Unreadable { status, reason };
        match body {
            Body::Whole(bytes) if !is_success(status) => {
                Err(Failure::Refused { status, errors: errors_in(&bytes) })
            }
            // Both 200 and 202 mean that a write will be carried out.
            Body::Whole(bytes) if !request.is_read() && bytes.trim_ascii().is_empty() => Ok(Answer::Accepted),
            Body::Whole(_) if is_html => Err(unreadable("a page of HTML".to_owned())),
            Body::Whole(bytes) => read_whole(request, status, &bytes),
            Body::List(list) => match list.finish().map_err(unreadable)? {
                Ok(answer) => Ok(answer),
                Err(errors) => Err(Failure::Refused { status, errors }),
            },
        }
    }

    /// The failure of an answer that was interrupted by this failure. If the status is a refusal, it stays one.
    pub fn interrupted_by(&self, failure: Failure) -> Failure {
        match is_success(self.status) {
            true => failure,
            false => Failure::Refused { status: self.status, errors: ApiErrors::default() },
        }
    }

    fn failed(&self, reason: String) -> Failure {
        self.interrupted_by(Failure::Unreadable { status: self.status, reason })
    }
}

fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// A list whose objects are read one by one.
#[derive(Debug)]
struct List {
    /// The name that its root must have.
    expected: &'static str,
    cutter: Cutter,
    limits: Limits,
    position: Position,
    objects: usize,
    answer: Answer,
    /// `ApiErrors` instead of the list.
    errors: Option<Element<'static>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    Before,
    Inside,
    After,
}

impl List {
    fn new(expected: &'static str, answer: Answer, limits: Limits) -> Self {
        let cutter = Cutter::new(limits);
        Self { expected, cutter, limits, position: Position::Before, objects: 0, answer, errors: None }
    }

    fn push(&mut self, part: &[u8]) -> Result<(), String> {
        self.cutter.push(part);
        while let Some(piece) = self.cutter.next_piece().map_err(in_words)? {
            match (self.position, piece) {
                (Position::Before, Piece::Root(tag)) => self.begin(&tag)?,
                (Position::Inside, Piece::Child(object)) => self.add(&object)?,
                (Position::Inside, Piece::End) => self.position = Position::After,
                _ => return Err(in_words(XmlError::NotOneRoot)),
            }
        }
        Ok(())
    }

    fn begin(&mut self, tag: &[u8]) -> Result<(), String> {
        let tag = text_of(tag)?;
        let start = tag.strip_suffix("/>").or_else(|| tag.strip_suffix('>')).unwrap_or(tag);
        let tag = format!("{start}/>");
        let root = parse(&tag, &self.limits).map_err(in_words)?;
        match root.name() {
            name if name.eq_ignore_ascii_case(self.expected) => {}
            name if name.eq_ignore_ascii_case("ApiErrors") => self.errors = Some(root.into_owned()),
            found => return Err(format!("expected <{}>, found <{found}>", self.expected)),
        }
        self.position = Position::Inside;
        Ok(())
    }

    fn add(&mut self, object: &[u8]) -> Result<(), String> {
        self.objects += 1;
        if self.objects > MAX_OBJECTS {
            return Err(format!("more than {MAX_OBJECTS} objects"));
        }
        let object = parse(text_of(object)?, &self.limits).map_err(in_words)?;
        match self.errors.take() {
            Some(errors) => self.errors = Some(errors.with_child(object.into_owned())),
            None => self.answer.add(&object),
        }
        Ok(())
    }

    fn finish(self) -> Result<Result<Answer, ApiErrors>, String> {
        match self.position {
            Position::Before if !self.cutter.is_inside() => Err(in_words(XmlError::NotOneRoot)),
            Position::After if !self.cutter.is_inside() => {
                Ok(self.errors.map_or(Ok(self.answer), |errors| Err(ApiErrors::read(&errors))))
            }
            _ => Err(in_words(XmlError::Truncated)),
        }
    }
}

fn text_of(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(in_words)
}

fn in_words(error: impl ToString) -> String {
    error.to_string()
}
