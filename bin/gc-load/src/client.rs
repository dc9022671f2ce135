//! A client of the connector: its connections, its commands and its live stream.

use std::fmt::{self, Display, Formatter};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use gc_environment::{Environment, RealEnvironment};
use gc_net::{causes, http_client, retry_after};
use gc_protocol::{Dialect, Event, Request};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Response, StatusCode};
use rustls::ClientConfig;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

/// What all clients share.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    /// The connectors: the only one, or those of a group.
    pub(crate) servers: Arc<[String]>,
    pub(crate) tls: Arc<ClientConfig>,
    /// By which the connectors know who asks.
    pub(crate) token: Option<SecretString>,
    /// How many connections for commands each client has at most.
    pub(crate) connections: usize,
}

impl Service {
    /// Those of each request.
    fn headers(&self) -> Result<HeaderMap, String> {
        let Some(token) = &self.token else { return Ok(HeaderMap::new()) };
        let bearer = format!("Bearer {}", token.expose_secret());
        let mut value = HeaderValue::try_from(bearer).map_err(|error| format!("the token: {error}"))?;
        value.set_sensitive(true);
        Ok(HeaderMap::from_iter([(AUTHORIZATION, value)]))
    }
}

/// A client. Its commands go to the connectors in turn, over connections that it keeps.
#[derive(Debug)]
pub(crate) struct Client {
    /// Its destination, which is also its session URL.
    pub(crate) name: String,
    servers: Arc<[String]>,
    next: AtomicUsize,
    http: reqwest::Client,
    free: Semaphore,
}

/// Why a command or a stream was refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// `HTTP 409 SESSION_INVALIDATED`; failures are counted by it.
    pub(crate) code: String,
    /// What the connector says with it, if anything.
    pub(crate) message: String,
    /// When another attempt makes sense: the connector is not there, is being stopped, or does not lead.
    pub(crate) again_after: Option<Duration>,
}

/// `HTTP 401 GENERAL_ERROR: The request has no token…`
impl Display for Refused {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let colon = if self.message.is_empty() { "" } else { ": " };
        write!(f, "{}{colon}{}", self.code, self.message)
    }
}

/// From an attempt to the next one, where the connector does not say.
const AGAIN: Duration = Duration::from_millis(50);
const NO_ANSWER: &str = "no answer";

impl Client {
    /// The client with this number; the first command of each goes to another connector.
    ///
    /// # Errors
    /// When TLS refuses the configuration, or the token cannot stand in a header.
    pub(crate) fn new(number: u32, service: &Service) -> Result<Self, String> {
        let http = http_client(&service.tls).pool_max_idle_per_host(service.connections);
        let http = http.default_headers(service.headers()?).build();
        Ok(Self {
            name: format!("load-{number}"),
            servers: Arc::clone(&service.servers),
            next: AtomicUsize::new(usize::try_from(number).unwrap_or_default()),
            http: http.map_err(|error| causes(&error))?,
            free: Semaphore::new(service.connections),
        })
    }

    /// Sends a command to the next connector, as soon as a connection is free.
    ///
    /// # Errors
    /// When it is not accepted.
    pub(crate) async fn send(&self, request: &Request) -> Result<(), Refused> {
        // The semaphore is never closed.
        let _connection = self.free.acquire().await;
        let json = request.to_json().expose_secret().to_owned();
        let post = self.http.post(format!("{}/gc/command", self.server())).body(json);
        let answer = post.header(CONTENT_TYPE, "application/json").send().await;
        let answer = answer.map_err(|_| Refused::unanswered())?;
        match answer.status() {
            StatusCode::ACCEPTED => {
                // Read to the end, so that the connection can be reused.
                answer.bytes().await.map(drop).map_err(|_| Refused::unanswered())
            }
            _ => Err(Refused::read(answer).await),
        }
    }

    /// Opens its live stream at the next connector, behind this event.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(crate) async fn stream(&self, last: Option<&str>) -> Result<Response, Refused> {
        let url = format!("{}/gc/events/{}?envelope=true", self.server(), self.name);
        let mut get = self.http.get(url).header(ACCEPT, "text/event-stream");
        if let Some(last) = last {
            get = get.header("last-event-id", last);
        }
        let answer = get.send().await.map_err(|_| Refused::unanswered())?;
        match answer.status() {
            StatusCode::OK => Ok(answer),
            _ => Err(Refused::read(answer).await),
        }
    }

    fn server(&self) -> &str {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let index = turn.checked_rem(self.servers.len()).unwrap_or_default();
        self.servers.get(index).map(String::as_str).unwrap_or_default()
    }
}

impl Refused {
    fn unanswered() -> Self {
        Self { code: NO_ANSWER.to_owned(), message: String::new(), again_after: Some(AGAIN) }
    }

    async fn read(answer: Response) -> Self {
        let (status, asked) = (answer.status(), retry_after(answer.headers(), RealEnvironment.now()));
        let is_away = [StatusCode::SERVICE_UNAVAILABLE, StatusCode::MISDIRECTED_REQUEST].contains(&status);
        let (code, message) = refusal(status, &answer.text().await.unwrap_or_default());
        Self { code, message, again_after: is_away.then_some(asked.unwrap_or(AGAIN)) }
    }
}

/// `HTTP 409 SESSION_INVALIDATED`, which is the status and the code of the event in the body, and the event's message.
fn refusal(status: StatusCode, body: &str) -> (String, String) {
    let (code, message) = match Event::from_json(body, Dialect::Gc4412) {
        Ok(Event::Error(error)) => (error.code.to_string(), error.message),
        Ok(Event::State(state)) => (state.state, String::new()),
        Ok(Event::System(system)) => (system.status.to_string(), String::new()),
        _ => Default::default(),
    };
    (format!("HTTP {} {code}", status.as_u16()).trim_end().to_owned(), message)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::atomic::AtomicU64;

    use axum::Router;
    use axum::extract::State;
    use axum::routing::post;
    use gc_net::Trust;
    use gc_protocol::Command;
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn refusals_are_counted_by_status_and_code() {
        let error = r#"{"type":"Error","errorType":"SESSION_INVALIDATED","errorMessage":"m"}"#;
        let state = r#"{"type":"State","agentId":"1001","state":"RE_LOGIN"}"#;
        let system = r#"{"type":"System","status":"RECONNECT"}"#;
        for (status, body, code, message) in [
            (StatusCode::CONFLICT, error, "HTTP 409 SESSION_INVALIDATED", "m"),
            (StatusCode::CONFLICT, state, "HTTP 409 RE_LOGIN", ""),
            (StatusCode::CONFLICT, system, "HTTP 409 RECONNECT", ""),
            (StatusCode::BAD_GATEWAY, "<html>", "HTTP 502", ""),
        ] {
            assert_eq!(refusal(status, body), (code.to_owned(), message.to_owned()));
        }
    }

    pub(crate) fn service(servers: &[String], connections: usize) -> Service {
        let tls = Trust::Pinned(Vec::new()).client_config().unwrap();
        Service { servers: servers.into(), tls, token: None, connections }
    }

    #[tokio::test]
    async fn each_command_shows_the_token() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answer = async |headers: HeaderMap| match headers.get(AUTHORIZATION) {
            Some(value) if value == "Bearer invented" => StatusCode::ACCEPTED,
            _ => StatusCode::UNAUTHORIZED,
        };
        let router = Router::new().route("/gc/command", post(answer));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let with = |token: Option<&str>| {
            let service = Service { token: token.map(Into::into), ..service(std::slice::from_ref(&url), 1) };
            Client::new(0, &service)
        };
        let request = Request::new(&Command::Hello, "load-0").unwrap();
        assert_eq!(with(Some("invented")).unwrap().send(&request).await, Ok(()));
        assert_eq!(with(None).unwrap().send(&request).await.unwrap_err().code, "HTTP 401");
        assert!(with(Some("two\nlines")).unwrap_err().contains("the token"));
    }

    /// A server that counts its connections by the addresses that they come from.
    async fn counting(seen: Arc<std::sync::Mutex<std::collections::HashSet<u16>>>) -> String {
        use axum::extract::ConnectInfo;
        use std::net::SocketAddr;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answer = move |ConnectInfo(from): ConnectInfo<SocketAddr>| async move {
            seen.lock().unwrap().insert(from.port());
            StatusCode::ACCEPTED
        };
        let router = Router::new().route("/gc/command", post(answer));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        url
    }

    #[tokio::test]
    async fn a_client_has_no_more_connections_than_it_may_and_uses_them_again() {
        let seen = Arc::default();
        let url = counting(Arc::clone(&seen)).await;
        let client = Arc::new(Client::new(0, &service(&[url], 3)).unwrap());
        let sends = (0..100).map(|_| {
            let client = Arc::clone(&client);
            async move { client.send(&Request::new(&Command::Hello, "load-0").unwrap()).await }
        });
        let sent = crate::limit::at_once(100, sends).join_all().await;
        assert!(sent.iter().all(Result::is_ok), "{sent:?}");
        let connections = seen.lock().unwrap().len();
        assert!((1..=3).contains(&connections), "{connections}");
    }

    #[tokio::test]
    async fn commands_go_to_each_connector_in_turn_and_one_that_is_away_is_known() {
        let count = Arc::new(AtomicU64::new(0));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let follows = format!("http://{}", listener.local_addr().unwrap());
        let answer = |State(count): State<Arc<AtomicU64>>| async move {
            count.fetch_add(1, Ordering::Relaxed);
            (
                StatusCode::SERVICE_UNAVAILABLE,
                HeaderMap::from_iter([("retry-after".parse().unwrap(), 2.into())]),
            )
        };
        let router = Router::new().route("/gc/command", post(answer)).with_state(Arc::clone(&count));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let client = Client::new(0, &service(&[follows, format!("http://{gone}")], 1)).unwrap();
        let request = Request::new(&Command::Hello, "load-0").unwrap();
        let (code, message) = ("HTTP 503".to_owned(), String::new());
        let busy = Refused { code, message, again_after: Some(Duration::from_secs(2)) };
        for expected in [busy, Refused::unanswered()] {
            assert_eq!(client.send(&request).await, Err(expected));
        }
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }
}
