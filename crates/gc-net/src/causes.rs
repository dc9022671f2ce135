//! What an error says.

use std::error::Error;

use crate::CertificateFault;

/// An error with all its causes, as one line: the outermost one of an HTTP client says little.
pub fn causes(error: &(dyn Error + 'static)) -> String {
    let mut text = said(error);
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&said(error));
        cause = error.source();
    }
    text
}

fn said(error: &(dyn Error + 'static)) -> String {
    if let Some(fault) = CertificateFault::in_error(error) {
        return fault.to_string();
    }
    let said = error.to_string();
    // rustls names a page of its manual, which helps nobody who runs the service.
    said.split_once(": https://docs.rs/rustls").map_or(said.clone(), |(said, _)| said.to_owned())
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

    #[test]
    fn the_manual_of_the_tls_library_is_not_named() {
        let error =
            Layer("sending", Some(Box::new(Layer("the end: https://docs.rs/rustls/latest/x#y", None))));
        assert_eq!(causes(&error), "sending: the end");
    }
}
