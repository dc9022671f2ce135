//! A Finesse for another program's tests: started in process, a customer calls, the call is listed.
//!
//! `cargo run -p gc-examples --bin simulate`

use std::error::Error;

use finesse_sim::{Config, Sim};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        println!("another crypto provider is installed already");
    }
    // Without TLS, so that any HTTP client can try it.
    let sim = Sim::start(Config { tls: false, ..Config::demo()? }).await?;
    println!("REST at {}, notifications at {}", sim.rest_url(), sim.websocket_url());

    let http = reqwest::Client::new();
    let system = http.get(format!("{}/SystemInfo", sim.rest_url())).send().await?.text().await?;
    println!("{system}");
    let call = http.post(format!("{}/sim/calls", sim.control_url()));
    let call = call.json(&serde_json::json!({ "from": "5550100", "to": "2005" })).send().await?;
    println!("a customer calls: {} {}", call.status(), call.text().await?);
    sim.shutdown().await;
    Ok(())
}
