//! Where a client wants its events posted.

use std::{fmt, sync::Arc};

use gc_guard::Forbidden;
use http::{HeaderValue, Uri};
use url::Url;

/// A checked callback address: http or https, with a host, without credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct Callback(Arc<Target>);

/// The address, and what each request needs of it.
#[derive(PartialEq, Eq)]
struct Target {
    url: Url,
    uri: Uri,
    host: HeaderValue,
}

/// Why a callback address cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCallback {
    /// Both parts are empty.
    #[error("the callback address is empty")]
    Empty,
    /// It has no host, it lacks a slash, or a request cannot be made of it.
    #[error("the callback address cannot be read: {0}")]
    Unreadable(String),
    /// It is no URL.
    #[error("the callback address cannot be read: {0}")]
    Url(#[from] url::ParseError),
    /// Its scheme is neither http nor https.
    #[error("the callback address begins with \"{0}:\"; only http and https can be used")]
    Scheme(String),
    /// It contains a user name or a password, which would appear in the logs of proxies.
    #[error("the callback address must not contain a user name or password")]
    Credentials,
    /// The guard for callback addresses refuses it.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
}

impl Callback {
    /// Builds the address from `callbackFqdn` and `callbackEndpoint`: the one followed by the other,
    /// with one slash between them. Without a scheme it is https; an endpoint that is an absolute
    /// address stands alone (docs/delivery.md).
    ///
    /// # Errors
    /// When the result is no http or https address, or holds credentials.
    pub fn from_parts(fqdn: &str, endpoint: &str) -> Result<Self, InvalidCallback> {
        let (fqdn, endpoint) = (fqdn.trim(), endpoint.trim());
        if endpoint.contains("://") && Url::parse(endpoint).is_ok() {
            return Self::parse(endpoint);
        }
        if fqdn.is_empty() {
            return Err(if endpoint.is_empty() {
                InvalidCallback::Empty
            } else {
                // Not repeated: a password may be in it.
                InvalidCallback::Unreadable("the endpoint has no host before it".to_owned())
            });
        }
        // Read as a host it would be one called "http".
        let lower = fqdn.to_ascii_lowercase();
        if !fqdn.contains("://") && (lower.starts_with("http:") || lower.starts_with("https:")) {
            return Err(InvalidCallback::Unreadable(
                "write http:// or https:// with both slashes".to_owned(),
            ));
        }
        let scheme = if fqdn.contains("://") { "" } else { "https://" };
        // A port or a query continues the host name; anything else is a path.
        let joined = endpoint.is_empty() || endpoint.starts_with([':', '?']);
        let path = endpoint.strip_prefix('/').unwrap_or(endpoint);
        Self::parse(&match joined {
            true => format!("{scheme}{fqdn}{endpoint}"),
            false => format!("{scheme}{}/{path}", fqdn.strip_suffix('/').unwrap_or(fqdn)),
        })
    }

    /// The whole address, query included.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.url.as_str()
    }

    /// The name or address of its host.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.0.url.host_str()
    }

    /// The whole address, which may hold a token.
    #[must_use]
    pub fn address(&self) -> &str {
        self.0.url.as_str()
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0.url
    }

    /// The same for requests.
    pub(crate) fn uri(&self) -> &Uri {
        &self.0.uri
    }

    /// The value of `host`.
    pub(crate) fn host_header(&self) -> &HeaderValue {
        &self.0.host
    }

    /// Reads a whole address.
    ///
    /// # Errors
    /// When it is no http or https address, or holds credentials.
    pub fn parse(text: &str) -> Result<Self, InvalidCallback> {
        let url = Url::parse(text)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(InvalidCallback::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidCallback::Credentials);
        }
        let unreadable = |error: http::Error| InvalidCallback::Unreadable(error.to_string());
        let uri = url.as_str().parse::<Uri>().map_err(|error| unreadable(error.into()))?;
        // Without a port that the scheme implies.
        let (name, port) = (url.host_str().unwrap_or_default(), url.port());
        let host = port.map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"));
        let host = HeaderValue::try_from(host).map_err(|error| unreadable(error.into()))?;
        Ok(Self(Arc::new(Target { url, uri, host })))
    }
}

/// Without the query, which often holds a token.
impl fmt::Display for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.0.url.origin().ascii_serialization(), self.0.url.path())
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Callback({self})")
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    fn url(fqdn: &str, endpoint: &str) -> String {
        Callback::from_parts(fqdn, endpoint).unwrap().as_str().to_owned()
    }

    #[test]
    fn the_endpoint_follows_the_name() {
        assert_eq!(url("http://crm.example.com:8080", "/gc/events"), "http://crm.example.com:8080/gc/events");
        assert_eq!(
            url(" crm.example.com/base ", " events?token=1 "),
            "https://crm.example.com/base/events?token=1"
        );
        assert_eq!(url("crm.example.com", ":8443/events"), "https://crm.example.com:8443/events");
        assert_eq!(url("crm.example.com/events", "?line=2"), "https://crm.example.com/events?line=2");
        assert_eq!(url("crm.example.com/events", ""), "https://crm.example.com/events");
    }

    #[test]
    fn one_slash_stands_between_them() {
        for (fqdn, endpoint) in
            [("h.example/", "/e"), ("h.example", "/e"), ("h.example/", "e"), ("h.example", "e")]
        {
            assert_eq!(url(fqdn, endpoint), "https://h.example/e");
        }
    }

    #[test]
    fn the_host_is_named_without_the_port_of_its_scheme() {
        let host = |text| Callback::parse(text).unwrap().host_header().to_str().unwrap().to_owned();
        assert_eq!(host("http://h.example:80/e"), "h.example");
        assert_eq!(host("https://h.example:443"), "h.example");
        assert_eq!(host("https://h.example:80/e"), "h.example:80");
        assert_eq!(host("http://[::1]:8080/e"), "[::1]:8080");
    }

    #[test]
    fn no_scheme_means_https() {
        assert_eq!(url("10.0.0.7:9000", "/e"), "https://10.0.0.7:9000/e");
    }

    #[test]
    fn an_endpoint_that_is_an_absolute_address_stands_alone() {
        assert_eq!(url("crm.example.com", "http://other.example/e"), "http://other.example/e");
        assert_eq!(url("", "https://other.example/e"), "https://other.example/e");
        assert_eq!(
            url("crm.example.com", "/e?next=http://x.example/"),
            "https://crm.example.com/e?next=http://x.example/"
        );
    }

    #[test]
    fn what_cannot_take_a_post_is_refused() {
        let refused = |fqdn, endpoint| Callback::from_parts(fqdn, endpoint).unwrap_err();
        assert_eq!(refused(" ", ""), InvalidCallback::Empty);
        assert_eq!(refused("", "ftp://h.example/e"), InvalidCallback::Scheme("ftp".into()));
        assert_eq!(refused("file:///etc", "/x"), InvalidCallback::Scheme("file".into()));
        assert_eq!(refused("https://user:pw@h.example", "/e"), InvalidCallback::Credentials);
        assert!(matches!(refused("", "/e"), InvalidCallback::Unreadable(_)));
        assert!(matches!(refused("two words", "/e"), InvalidCallback::Url(_)));
        assert!(matches!(refused("http:/10.0.0.7/", "/e"), InvalidCallback::Unreadable(_)));
        assert!(matches!(refused("HTTPS:\\\\10.0.0.7\\", ""), InvalidCallback::Unreadable(_)));
        assert!(matches!(refused("http://", ""), InvalidCallback::Url(_)));
        assert!(matches!(refused("h.example", &"e".repeat(70_000)), InvalidCallback::Unreadable(_)));
    }

    #[test]
    fn what_is_wrong_with_the_url_is_the_source_of_the_refusal() {
        let error = Callback::from_parts("two words", "/e").unwrap_err();
        assert!(error.source().is_some_and(|source| source.is::<url::ParseError>()), "{error:?}");
    }

    #[test]
    fn a_refusal_repeats_no_password() {
        for (fqdn, endpoint) in [
            ("", "agent:hush@h.example/e"),
            ("agent:hush@two words", "/e"),
            ("https://agent:hush@h.example:port", ""),
            ("ftp://agent:hush@h.example", ""),
            ("https:/agent:hush@h.example", "/e"),
            ("https://agent:hush@", ""),
            ("https://agent:hush@h.example", "/e"),
        ] {
            let error = Callback::from_parts(fqdn, endpoint).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hush"), "{error:?}");
        }
    }

    #[test]
    fn printing_leaves_the_query_out() {
        let callback = Callback::from_parts("h.example", "/e?token=hidden").unwrap();
        assert_eq!(callback.to_string(), "https://h.example/e");
        assert!(!format!("{callback:?}").contains("hidden"));
    }
}
