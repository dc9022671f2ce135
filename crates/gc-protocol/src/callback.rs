//! Where a client's events are delivered.

/// The two parts of a callback URL, as a request contains them. `gc_delivery::Callback::from_parts` joins and checks them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallbackParts {
    /// `callbackFqdn`: host, with or without scheme, port and path.
    pub fqdn: String,
    /// `callbackEndpoint`: the path, or an absolute URL, which is used alone.
    pub endpoint: String,
}
