//! Asks the configuration API of a Unified CCE for its skill groups: a source that is not Finesse.
//!
//! `cargo run -p gc-examples --bin directory`; what answers as the CCE is one page, served here.

use std::error::Error;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use gc_directory::{Config, Sources};
use gc_protocol::SkillGroupRange;
use gc_rules::{Directory, Found, Query};
use tokio::net::TcpListener;

const PAGE: &str = "<results>\
    <pageInfo><resultsPerPage>100</resultsPerPage><startIndex>0</startIndex><totalResults>2</totalResults></pageInfo>\
    <skillGroups><skillGroup><name>Sales</name></skillGroup><skillGroup><name>Support</name></skillGroup></skillGroups>\
    </results>";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        println!("another crypto provider is installed already");
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let groups = get(async || ([(CONTENT_TYPE, "application/xml")], PAGE));
    let router = Router::new().route("/unifiedconfig/config/skillgroup", groups);
    tokio::spawn(async move { axum::serve(listener, router).await });

    // The section `[directory]` of a gc.toml, from any format that serde reads.
    let config: Config = serde_json::from_value(serde_json::json!({ "cce": {
        "url": format!("http://{address}"),
        "username": "gc@acme.example",
        "password": "demo",
        "http": { "allow_plaintext": true },
    }}))?;
    let sources = Sources::new(&config)?;
    if let Found::SkillGroups(names) = sources.look_up(Query::SkillGroups(SkillGroupRange::All)).await? {
        println!("the skill groups: {}", names.join(", "));
    }
    // What is not configured says so.
    if let Err(error) = sources.look_up(Query::QueueStatistics).await {
        println!("the queues: {error}");
    }
    Ok(())
}
