//! What a connector says of itself: whether it is ready, and which one of its group leads.

use std::time::Duration;

use gc_net::causes;
use reqwest::{Client, StatusCode};
use serde::Deserialize;
use tokio::time::{Instant, Interval, interval};

/// One connector.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    http: Client,
    url: String,
}

/// From one look to the next.
const EVERY: Duration = Duration::from_millis(50);

#[derive(Debug, Deserialize)]
struct Members {
    members: Vec<Member>,
}

#[derive(Debug, Deserialize)]
struct Member {
    url: String,
    leads: bool,
}

impl Health {
    pub(crate) fn new(http: Client, url: &str) -> Self {
        Self { http, url: url.to_owned() }
    }

    /// Waits until the connector reports Finesse in service; one that follows, that another one leads.
    ///
    /// # Errors
    /// When the connector does not answer, or is not ready in time; the text says so.
    pub(crate) async fn wait_until_ready(&self, timeout: Duration) -> Result<(), String> {
        let (start, mut looks) = looks();
        loop {
            looks.tick().await;
            let status = self.status("health/ready", timeout).await;
            match status.map_err(|error| format!("no connector at {}: {}", self.url, causes(&error)))? {
                StatusCode::OK => return Ok(()),
                StatusCode::SERVICE_UNAVAILABLE if start.elapsed() < timeout => {}
                StatusCode::SERVICE_UNAVAILABLE => {
                    return Err(format!("the connector at {} has no Finesse in service", self.url));
                }
                other => {
                    return Err(format!("{}/health/ready answers {other}: is it a connector?", self.url));
                }
            }
        }
    }

    /// Waits until it answers, whatever it says of Finesse.
    ///
    /// # Errors
    /// When it does not do so in time.
    pub(crate) async fn wait_until_answering(&self, timeout: Duration) -> Result<(), String> {
        let (start, mut looks) = looks();
        while start.elapsed() < timeout {
            looks.tick().await;
            if self.status("health/live", timeout).await.is_ok() {
                return Ok(());
            }
        }
        Err(format!("the connector at {} does not answer again", self.url))
    }

    /// Waits until the connector reports that Finesse is out of service.
    ///
    /// # Errors
    /// When it does not do so in time.
    pub(crate) async fn wait_until_out(&self, timeout: Duration) -> Result<(), String> {
        let (start, mut looks) = looks();
        while start.elapsed() < timeout {
            looks.tick().await;
            let status = self.status("health/ready", timeout).await;
            if status.is_ok_and(|status| status == StatusCode::SERVICE_UNAVAILABLE) {
                return Ok(());
            }
        }
        Err("the connector does not notice that Finesse is gone".to_owned())
    }

    /// Where the others reach the connector of the group that leads, as this one knows.
    pub(crate) async fn leader(&self) -> Option<String> {
        let answer = self.http.get(format!("{}/admin/members", self.url)).send().await.ok()?;
        let Members { members } = answer.json().await.ok()?;
        members.into_iter().find(|member| member.leads).map(|member| member.url)
    }

    async fn status(&self, path: &str, timeout: Duration) -> Result<StatusCode, reqwest::Error> {
        let answer = self.http.get(format!("{}/{path}", self.url)).timeout(timeout).send().await?;
        Ok(answer.status())
    }
}

fn looks() -> (Instant, Interval) {
    (Instant::now(), interval(EVERY))
}
