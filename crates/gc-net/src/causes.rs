//! What an error says.

use std::error::Error;

/// An error with all its causes, as one line: the outermost one of an HTTP client says little.
pub fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Layer(&'static str, #[source] Option<Box<Layer>>);

    #[test]
    fn every_cause_is_in_the_line_from_the_outermost_on() {
        let error =
            Layer("sending", Some(Box::new(Layer("connecting", Some(Box::new(Layer("refused", None)))))));
        assert_eq!(causes(&error), "sending: connecting: refused");
    }
}
