//! Single sign-on: tokens are renewed at the token service before they end, and survive a restart sealed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use finesse_sim::Running;
use gc_environment::RealEnvironment;
use gc_store::Sealer;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::support::client::Client;
use crate::support::process::Process;
use crate::support::stage::{Control, Stage, connector, gc_toml, simulator};
use crate::support::until;

/// The connector's settings for the simulator's own token service.
fn settings(sim: &Running) -> String {
    let url = sim.first_node().rest_url().replace("/finesse/api", "/desktop/sso/token");
    gc_toml(sim, &[("finesse.token_service", &format!("{{ url = '{url}' }}"))])
}

/// What the token service issues to the agent.
async fn issue(control: &Control, lifetime: &str) -> Value {
    control.post("/sim/tokens", json!({ "user": "1001", "lifetime": lifetime })).await
}

async fn connects(client: &Client, destination: &str, issued: &Value) {
    client.accepted("Connect#1001", &format!("{destination},{issued},SSO")).await;
}

async fn until_ended(control: &Control, token: &str) {
    let url = format!("{}/User/1001", control.rest[0]);
    until("the end of the token", || async {
        control.http.get(&url).bearer_auth(token).send().await.unwrap().status() == 401
    })
    .await;
}

#[tokio::test]
async fn a_session_outlives_its_token_by_the_token_service() {
    let sim = simulator(false).await;
    let toml = settings(&sim);
    let stage = Stage::of(sim, connector(&toml).await);
    let (client, control) = (stage.client(), stage.control());
    let mut events = client.watched("desk").await;
    let issued = issue(control, "6s").await;
    let token = issued["token"].as_str().unwrap().to_owned();
    connects(&client, "desk", &issued).await;
    events.brief("ConnectStatus ConnectSuccess").await;
    client.accepted("Login#1001", &format!("{token},2001")).await;
    events.brief("State NOT_READY").await;
    until_ended(control, &token).await;
    client.accepted("MakeReady#1001", "").await;
    events.brief("State READY").await;
    // A lost stream comes back as well: its password is the token.
    control.cut("1001", "a").await;
    control.until_notified("1001").await;
    client.accepted("MakeNotReady#1001", "").await;
    events.brief("State NOT_READY").await;
    stage.end().await;
}

/// A token service that says of the simulator's tokens that they have ended; its address, and how often it was asked.
async fn short_lived(sim: &Running) -> (String, Arc<AtomicUsize>) {
    let renews = sim.first_node().rest_url().replace("/finesse/api", "/desktop/sso/token");
    let times = Arc::new(AtomicUsize::new(0));
    let (http, asked) = (crate::support::http(), times.clone());
    let answer = async move |form: String| {
        asked.fetch_add(1, Ordering::Relaxed);
        let renewal =
            http.post(renews).header("content-type", "application/x-www-form-urlencoded").body(form);
        let mut issued: Value = renewal.send().await.unwrap().json().await.unwrap();
        issued["expires_in"] = json!(0);
        axum::Json(issued)
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/renew", listener.local_addr().unwrap());
    let service = axum::Router::new().route("/renew", axum::routing::post(answer));
    tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
    (url, times)
}

#[tokio::test]
async fn a_service_whose_tokens_have_no_life_is_not_asked_without_end() {
    let sim = simulator(false).await;
    let (url, asked) = short_lived(&sim).await;
    let toml = gc_toml(&sim, &[("finesse.token_service", &format!("{{ url = '{url}' }}"))]);
    let control = Control::of(&sim);
    let mut issued = issue(&control, "1h").await;
    // Without a life it is renewed at once.
    issued.as_object_mut().unwrap().remove("expires_in");
    let process = Process::serve(&toml, "info").await;
    let client = process.client();
    let mut events = client.watched("desk").await;
    connects(&client, "desk", &issued).await;
    events.brief("ConnectStatus ConnectSuccess").await;
    let says_so = || async { process.has_logged("tokens that end too soon") };
    until("the WARN", says_so).await;
    let token = issued["token"].as_str().unwrap();
    client.accepted("Login#1001", &format!("{token},2001")).await;
    events.brief("State NOT_READY").await;
    for state in ["Ready", "NotReady", "Ready"] {
        client.accepted(&format!("Make{state}#1001"), "").await;
        events.brief(if state == "Ready" { "State READY" } else { "State NOT_READY" }).await;
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    let logs = process.logs();
    process.kill().await;
    let warns = logs.lines().filter(|line| line.contains("tokens that end too soon"));
    let warns: Vec<Value> = warns.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(warns.len(), 1, "{warns:?}");
    assert_eq!((&warns[0]["fields"]["service"], &warns[0]["fields"]["expires_in"]), (&json!(url), &json!(0)));
    sim.shutdown().await;
}

#[tokio::test]
async fn a_token_is_kept_sealed_and_goes_on_after_a_restart() {
    let sim = simulator(true).await;
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("store.redb");
    let key = Sealer::new_key("first", &RealEnvironment).expose_secret().to_owned();
    let toml = format!("store.path = '{}'\nstore.key = '{key}'\n{}", file.display(), settings(&sim));
    let control = Control::of(&sim);
    let issued = issue(&control, "1h").await;
    let process = Process::serve(&toml, "info").await;
    let client = process.client();
    let mut events = client.watched("desk").await;
    connects(&client, "desk", &issued).await;
    events.brief("ConnectStatus ConnectSuccess").await;
    let token = issued["token"].as_str().unwrap();
    client.accepted("Login#1001", &format!("{token},2001")).await;
    events.brief("State NOT_READY").await;
    process.kill().await;
    let kept = std::fs::read(&file).unwrap();
    for secret in ["token", "refresh_token"] {
        let secret = issued[secret].as_str().unwrap().as_bytes();
        assert!(!kept.windows(secret.len()).any(|window| window == secret), "not readable in the file");
    }

    let process = Process::serve(&toml, "info").await;
    let client = process.client();
    let mut events = client.watched("desk").await;
    client.accepted("MakeReady#1001", "").await;
    events.brief("State READY").await;
    process.kill().await;
    sim.shutdown().await;
}
