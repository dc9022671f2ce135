//! A simulator to test, and short ways to send it requests.

use std::sync::Arc;
use std::time::Duration;

use finesse_sim::{Config, Running, Sim};
use reqwest::{Method, Response};
use serde_json::{Value, json};

/// A test that waits this long has failed.
pub(crate) const DEADLINE: Duration = Duration::from_secs(10);

/// A running simulator with an HTTP client that trusts it.
pub(crate) struct Bench {
    pub(crate) sim: Running,
    http: reqwest::Client,
}

/// A response of the REST API.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) request_id: String,
    pub(crate) body: String,
}

impl Bench {
    /// The demo world without TLS, with short waits.
    pub(crate) async fn plain() -> Self {
        Self::with(|config| config.tls = false).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::demo().unwrap();
        // `localhost` may resolve to IPv6 first, but the simulator listens on this address.
        config.host = "127.0.0.1".to_owned();
        config.world.timers.event_delay = Duration::from_millis(1);
        config.world.timers.customer_answers = Duration::from_millis(5);
        change(&mut config);
        let sim = Sim::start(config).await.unwrap();
        let builder = reqwest::Client::builder().no_proxy().timeout(DEADLINE);
        let http = builder.tls_backend_preconfigured(trust(sim.ca_pem())).build().unwrap();
        Self { sim, http }
    }

    /// Sends a request to the REST API with all headers.
    pub(crate) async fn rest(&self, method: &str, user: &str, path: &str, body: &str) -> Answer {
        self.try_rest(method, user, path, body).await.unwrap()
    }

    pub(crate) async fn try_rest(
        &self,
        method: &str,
        user: &str,
        path: &str,
        body: &str,
    ) -> Result<Answer, reqwest::Error> {
        let request = self.request(method, path).basic_auth(user, Some("demo"));
        let request = request.header("Content-Type", "application/xml").header("REQUESTID", "r-7");
        Ok(read(request.body(body.to_owned()).send().await?).await)
    }

    /// A request for the test to complete.
    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.http.request(method, format!("{}{path}", self.sim.rest_url()))
    }

    /// A request to a neighbouring system, for the test to complete.
    pub(crate) fn neighbour(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.at(method, format!("{}{path}", self.sim.neighbours_url()))
    }

    /// A request to any URL.
    pub(crate) fn at(&self, method: Method, url: String) -> reqwest::RequestBuilder {
        self.http.request(method, url)
    }

    pub(crate) async fn get(&self, user: &str, path: &str) -> Answer {
        self.rest("GET", user, path, "").await
    }

    /// Signs an agent in at the agent's own extension.
    pub(crate) async fn login(&self, user: &str) {
        let extension = user.replacen('1', "2", 1);
        let body = format!("<User><state>LOGIN</state><extension>{extension}</extension></User>");
        assert_eq!(self.rest("PUT", user, &format!("/User/{user}"), &body).await.status, 202);
    }

    pub(crate) async fn state(&self, user: &str, state: &str) -> Answer {
        let body = format!("<User><state>{state}</state></User>");
        self.rest("PUT", user, &format!("/User/{user}"), &body).await
    }

    /// An action on a dialog by an agent at the agent's own extension.
    pub(crate) async fn act(&self, user: &str, dialog: &str, action: &str) -> Answer {
        let extension = user.replacen('1', "2", 1);
        let body = format!(
            "<Dialog><requestedAction>{action}</requestedAction>\
             <targetMediaAddress>{extension}</targetMediaAddress></Dialog>"
        );
        self.rest("PUT", user, &format!("/Dialog/{dialog}"), &body).await
    }

    /// Sends a request to the control API and returns the status and JSON of the response.
    pub(crate) async fn control(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, format!("{}/sim{path}", self.sim.control_url()));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() })
    }

    /// A customer calls; returns the dialog's id.
    pub(crate) async fn customer(&self, to: &str) -> String {
        let (status, body) = self.control("POST", "/calls", Some(json!({"from": "5550100", "to": to}))).await;
        assert_eq!(status, 201, "{body}");
        body["dialogId"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn fault(&self, fault: Value) {
        let (status, body) = self.control("POST", "/faults", Some(fault)).await;
        assert_eq!(status, 200, "{body}");
    }
}

/// Reads a response.
pub(crate) async fn read(response: Response) -> Answer {
    let header = |name: &str| {
        response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    };
    Answer {
        status: response.status().as_u16(),
        content_type: header("content-type"),
        request_id: header("requestid"),
        body: response.text().await.unwrap(),
    }
}

/// A TLS client that trusts this authority only.
pub(crate) fn trust(ca_pem: Option<&str>) -> rustls::ClientConfig {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let mut roots = rustls::RootCertStore::empty();
    if let Some(pem) = ca_pem {
        roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
    }
    rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}
