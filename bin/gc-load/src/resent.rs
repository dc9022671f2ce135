//! Commands that are sent again.

use std::sync::atomic::{AtomicU64, Ordering};

use gc_protocol::Request;
use tokio::time::sleep;

use crate::client::{Client, Refused};

/// Counts commands that are sent again.
#[derive(Debug, Default)]
pub(crate) struct Resent(AtomicU64);

/// How a command is refused while one with the same `correlationId` is pending.
const PENDING: &str = "HTTP 409 PLEASE_RETRY";

impl Resent {
    pub(crate) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn all(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Sends a command until it is taken; whether it was sent more than once.
    ///
    /// # Errors
    /// The code of a refusal that sending again does not change.
    pub(crate) async fn send(&self, client: &Client, request: &Request) -> Result<bool, String> {
        let mut is_repeated = false;
        loop {
            match client.send(request).await {
                Err(Refused { again_after: Some(pause), .. }) => {
                    self.count();
                    is_repeated = true;
                    sleep(pause).await;
                }
                // An attempt was taken whose answer did not arrive.
                Err(Refused { code, .. }) if is_repeated && code == PENDING => return Ok(true),
                sent => return sent.map(|()| is_repeated).map_err(|refused| refused.code),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::http::StatusCode;
    use axum::routing::post;
    use gc_protocol::Command;
    use tokio::net::TcpListener;

    use super::*;
    use crate::client::tests::service;

    /// A client of a server that answers so, one command after the other.
    async fn client(answers: &[(u16, &'static str)]) -> Client {
        let answers = Arc::new(Mutex::new(VecDeque::from(answers.to_vec())));
        let answer = move || async move {
            let (status, code) = answers.lock().unwrap().pop_front().unwrap();
            let event = format!(r#"{{"type":"Error","errorType":"{code}","errorMessage":"m"}}"#);
            (StatusCode::from_u16(status).unwrap(), event)
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/gc/command", post(answer));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Client::new(0, &service(&[url], 1)).unwrap()
    }

    #[tokio::test]
    async fn a_command_whose_earlier_attempt_is_pending_was_taken() {
        let pending = (409, "PLEASE_RETRY");
        let request = Request::new(&Command::Hello, "load-0").unwrap();
        let (resent, client) = (Resent::default(), client(&[(503, "PLEASE_RETRY"), pending, pending]).await);
        assert_eq!(resent.send(&client, &request).await, Ok(true));
        // Without an earlier attempt it is one of somebody else.
        assert_eq!(resent.send(&client, &request).await, Err(PENDING.to_owned()));
        assert_eq!(resent.all(), 1);
    }
}
