//! A request that the connector must send to Finesse: `PUT /User/1001 state=LOGIN extension=2001`.

use gc_xml::{Element, Limits, parse};

use crate::bindings::Bindings;
use crate::words::{Word, Words};

/// A request to Finesse as a line describes it: method, path below `/finesse/api`, and the leaf elements of the body in
/// order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedRequest {
    method: String,
    path: String,
    leaves: Vec<(String, String)>,
}

const LIMITS: Limits = Limits { bytes: 1 << 16, depth: 16 };

impl ExpectedRequest {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut words = Words::of(text)?;
        let method = words.bare("the method")?;
        let path = words.bare("the path")?;
        let mut leaves = Vec::new();
        while let Some(word) = words.next() {
            match word {
                Word::Named(name, value) => leaves.push((name, value)),
                Word::Bare(word) => return Err(format!("`{word}` is not written as element=text")),
            }
        }
        Ok(Self { method, path, leaves })
    }

    /// Compares an actual request with this one; the error describes the difference. `target` is path and query.
    pub fn compare(
        &self,
        method: &str,
        target: &str,
        body: Option<&str>,
        bindings: &mut Bindings,
    ) -> Result<(), String> {
        let path = target.strip_prefix("/finesse/api").unwrap_or(target);
        if method != self.method || !bindings.matches(&self.path, path) {
            return Err("the method or the path differs".to_owned());
        }
        let leaves = body.map(leaves_of).transpose()?.unwrap_or_default();
        let same = leaves.len() == self.leaves.len()
            && self.leaves.iter().zip(&leaves).all(|((name, text), (actual_name, actual))| {
                name == actual_name && bindings.matches(text, actual)
            });
        if same { Ok(()) } else { Err("the body differs".to_owned()) }
    }

    /// A request in the notation of a `gc>` line.
    pub fn show(method: &str, target: &str, body: Option<&str>) -> String {
        let path = target.strip_prefix("/finesse/api").unwrap_or(target);
        let leaves = body.map(|body| leaves_of(body).unwrap_or_default()).unwrap_or_default();
        let leaves: Vec<_> = leaves
            .iter()
            .map(|(name, text)| match text.contains(char::is_whitespace) {
                true => format!(" {name}=\"{text}\""),
                false => format!(" {name}={text}"),
            })
            .collect();
        format!("{method} {path}{}", leaves.concat())
    }
}

/// The leaf elements of a document, with their paths below the root.
fn leaves_of(body: &str) -> Result<Vec<(String, String)>, String> {
    let root = parse(body, &LIMITS).map_err(|error| error.to_string())?;
    let mut leaves = Vec::new();
    root.children().for_each(|child| collect(child, "", &mut leaves));
    Ok(leaves)
}

fn collect(element: &Element, parent: &str, leaves: &mut Vec<(String, String)>) {
    let name =
        if parent.is_empty() { element.name().to_owned() } else { format!("{parent}.{}", element.name()) };
    if element.children().next().is_none() {
        leaves.push((name, element.text().into_owned()));
        return;
    }
    element.children().for_each(|child| collect(child, &name, leaves));
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "<User><state>LOGIN</state><mobileAgent><mode>X</mode></mobileAgent></User>";

    fn compare(line: &str, body: Option<&str>) -> Result<(), String> {
        let ask = ExpectedRequest::parse(line).unwrap();
        ask.compare("PUT", "/finesse/api/User/1001", body, &mut Bindings::default())
    }

    #[test]
    fn method_path_and_all_leaves_are_compared() {
        assert_eq!(compare("PUT /User/1001 state=LOGIN mobileAgent.mode=X", Some(BODY)), Ok(()));
        assert!(compare("PUT /User/1001 state=LOGIN", Some(BODY)).is_err());
        assert!(compare("PUT /User/1001", None).is_ok());
        assert!(compare("GET /User/1001", None).is_err());
        assert!(compare("PUT /User/1002", None).is_err());
    }

    #[test]
    fn a_request_is_shown_in_the_notation_of_a_line() {
        let shown = ExpectedRequest::show("PUT", "/finesse/api/User/1001", Some(BODY));
        assert_eq!(shown, "PUT /User/1001 state=LOGIN mobileAgent.mode=X");
    }
}
