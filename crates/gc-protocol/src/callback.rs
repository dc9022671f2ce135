//! Where a client wants its events.

/// The two halves of a callback URL, as a request carries them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallbackParts {
    /// `callbackFqdn`: host, with or without scheme, port and path.
    pub fqdn: String,
    /// `callbackEndpoint`: the path, or an absolute URL that stands alone.
    pub endpoint: String,
}

impl CallbackParts {
    /// The URL that the halves make; without a scheme it is https. It is not checked here.
    pub fn url(&self) -> String {
        let has_scheme = |text: &str| text.contains("://");
        let joined = if has_scheme(&self.endpoint) {
            self.endpoint.clone()
        } else {
            format!("{}{}", self.fqdn, self.endpoint)
        };
        if has_scheme(&joined) { joined } else { format!("https://{joined}") }
    }
}
