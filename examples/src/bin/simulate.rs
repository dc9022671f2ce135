//! A Finesse for another program's tests: started in process, an agent signs in, a customer calls, the call is listed.
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
    let login = http.put(format!("{}/User/1005", sim.rest_url())).basic_auth("1005", Some("demo"));
    let login = login.header("Content-Type", "application/xml");
    let login = login.body("<User><state>LOGIN</state><extension>2005</extension></User>").send().await?;
    println!("agent 1005 signs in: {}", login.status());

    let calls = format!("{}/sim/calls", sim.control_url());
    let call = http.post(&calls).json(&serde_json::json!({ "from": "5550100", "to": "2005" })).send().await?;
    println!("a customer calls: {} {}", call.status(), call.text().await?);
    println!("the calls: {}", http.get(&calls).send().await?.text().await?);
    sim.shutdown().await;
    Ok(())
}
