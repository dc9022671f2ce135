//! Where a client's events are delivered.

/// The two parts of a callback URL, as a request contains them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallbackParts {
    /// `callbackFqdn`: host, with or without scheme, port and path.
    pub fqdn: String,
    /// `callbackEndpoint`: the path, or an absolute URL, which is used alone.
    pub endpoint: String,
}

impl CallbackParts {
    /// The URL made of both parts. The default scheme is https. The URL is not checked here.
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
