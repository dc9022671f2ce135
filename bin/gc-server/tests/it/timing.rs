//! Whether the time of an answer says what the answer does not. It depends on the machine, so it is ignored by default: run it
//! alone and optimised: `CARGO_PROFILE_RELEASE_OPT_LEVEL=3 cargo test --release -p gc-server --test it timing -- --ignored --nocapture`.

use std::time::Duration;

use reqwest::RequestBuilder;
use serde_json::json;
use tokio::time::Instant;

use crate::support::client::Client;
use crate::support::tenants::{Tenants, token};

/// Makes a request.
type Asks<'a> = Box<dyn Fn() -> RequestBuilder + Send + Sync + 'a>;

/// Of each kind.
const SAMPLES: usize = 5000;
/// By how much two medians may differ where the answers are the same.
const MAY_DIFFER: f64 = 0.15;
/// The one pair whose answers differ anyway.
const SHOWS_ITSELF: &str = "a wrong token (401), and a right one (404)";

fn command(who: &Client, command: &str) -> RequestBuilder {
    who.http.post(format!("{}/gc/command", who.url)).json(&json!({ "data": { "type": command } }))
}

fn stream(who: &Client, client: &str) -> RequestBuilder {
    who.http.get(format!("{}/gc/events/{client}", who.url))
}

/// From the request to the end of the answer.
async fn takes(request: RequestBuilder) -> Duration {
    let begun = Instant::now();
    let answer = request.send().await.unwrap();
    assert!(answer.status().is_client_error(), "{answer:?}");
    answer.bytes().await.unwrap();
    begun.elapsed()
}

fn median(mut samples: Vec<Duration>) -> Duration {
    samples.sort_unstable();
    samples[samples.len() / 2]
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "for a machine that does nothing else"]
async fn the_time_of_an_answer_does_not_say_what_is_there() {
    let settings =
        [("http.limits.requests_per_second", "1000000"), ("http.limits.requests_burst", "1000000")];
    let Tenants { stage, acme, bell } = Tenants::with(&settings).await;
    let mut acmes = acme.watched("acme").await;
    acme.signs_in("1001", "acme", &mut acmes).await;
    let guessing = [8, 9].map(|number| stage.client().bearing(&token(number)));
    let pairs: [(&str, [Asks<'_>; 2]); 6] = [
        (
            "a live stream: one that is there, and none",
            [Box::new(|| stream(&bell, "acme")), Box::new(|| stream(&bell, "acme-2"))],
        ),
        (
            "an agent's command: one that is there, and none",
            [Box::new(|| command(&bell, "GetState#1001")), Box::new(|| command(&bell, "GetState#1003"))],
        ),
        (
            "a supervisor's command: a member that is there, and none",
            [Box::new(|| command(&bell, "MakeReady#1001")), Box::new(|| command(&bell, "MakeReady#1003"))],
        ),
        (
            "Beat: a client that is there, and none",
            [Box::new(|| command(&bell, "Beat#acme")), Box::new(|| command(&bell, "Beat#acme-2"))],
        ),
        (
            "two wrong tokens",
            [Box::new(|| stream(&guessing[0], "acme")), Box::new(|| stream(&guessing[1], "acme"))],
        ),
        (SHOWS_ITSELF, [Box::new(|| stream(&guessing[0], "nobody")), Box::new(|| stream(&bell, "nobody"))]),
    ];
    let mut samples = [const { [Vec::new(), Vec::new()] }; 6];
    for round in 0..SAMPLES + 100 {
        for ((_, requests), samples) in pairs.iter().zip(&mut samples) {
            // In turns, so that neither always comes first.
            for place in [round % 2, (round + 1) % 2] {
                let time = takes(requests[place]()).await;
                if round >= 100 {
                    samples[place].push(time);
                }
            }
        }
    }
    let mut differ = Vec::new();
    for ((what, _), [one, other]) in pairs.iter().zip(samples) {
        let (one, other) = (median(one), median(other));
        let ratio = one.as_secs_f64() / other.as_secs_f64();
        println!("{what}: {one:?}, {other:?}, ratio {ratio:.3}");
        if *what != SHOWS_ITSELF && (ratio - 1.0).abs() > MAY_DIFFER {
            differ.push((*what, ratio));
        }
    }
    drop(pairs);
    stage.end().await;
    assert_eq!(differ, []);
}
