//! The cost of a call by the number of agents: sign-in, ring, answer, end, each for all agents before the next step.
//! The cost should be the same at any size, so the last column should stay near 1.
//!
//! `cargo bench -p finesse-sim --bench calls [-- SIZE…]` prints the CPU time of each step, over HTTP in one process and
//! thread, including the client's part. On systems other than Linux it is the elapsed time.

// A benchmark measures real time.
#![allow(clippy::disallowed_methods)]

use std::collections::HashMap;
use std::error::Error;
use std::time::{Duration, Instant};

use finesse_sim::{Agent, Config, Queue, Running, Sim, Team, WorldFile};
use serde_json::json;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const SIZES: [u32; 4] = [1_000, 2_000, 5_000, 12_000];

/// How many agents are in a team, each with a queue.
const TEAM: u32 = 20;

fn main() -> Outcome {
    let sizes: Vec<u32> = std::env::args().skip(1).filter_map(|size| size.parse().ok()).collect();
    let sizes = if sizes.is_empty() { SIZES.to_vec() } else { sizes };
    // reqwest requires a crypto provider, though nothing here is encrypted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!("{:>7} {:<18} {:>10} {:>8}", "agents", "each", "µs", "ratio");
    let mut first = HashMap::new();
    let start = Instant::now();
    for agents in sizes {
        let mut begun = used(start);
        runtime.block_on(day(agents, |step| {
            let now = used(start);
            let micros = now.saturating_sub(begun).as_secs_f64() * 1e6 / f64::from(agents);
            let ratio = micros / *first.entry(step).or_insert(micros);
            println!("{agents:>7} {step:<18} {micros:>10.1} {ratio:>8.2}");
            begun = now;
        }))?;
    }
    Ok(())
}

/// The CPU time of this thread, the only busy one (Linux); elsewhere the time since the start.
fn used(start: Instant) -> Duration {
    let schedule = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = schedule.split(' ').next().and_then(|text| text.parse().ok());
    nanoseconds.map_or_else(|| start.elapsed(), Duration::from_nanos)
}

fn id(agent: u32) -> String {
    (100_000 + agent).to_string()
}

fn extension(agent: u32) -> String {
    (200_000 + agent).to_string()
}

/// The demo's rules with this many agents, and timers that do not fire during the measurement.
fn world(agents: u32) -> Outcome<WorldFile> {
    let mut world = WorldFile::demo()?;
    let teams = agents.div_ceil(TEAM);
    world.teams =
        (0..teams).map(|team| Team { id: team.to_string(), name: format!("Team {team}") }).collect();
    world.queues = (0..teams)
        .map(|team| Queue {
            id: team.to_string(),
            name: format!("Queue {team}"),
            number: (700_000 + team).to_string(),
            teams: vec![team.to_string()],
        })
        .collect();
    world.phone_books.clear();
    world.agents = (0..agents)
        .map(|agent| Agent {
            id: id(agent),
            login_name: format!("agent.{agent}"),
            first_name: "Agent".to_owned(),
            last_name: agent.to_string(),
            extension: extension(agent),
            team: (agent / TEAM).to_string(),
            supervises: Vec::new(),
            password: None,
            wrap_up_on_incoming: "NOT_ALLOWED".to_owned(),
            wrap_up_on_outgoing: "NOT_ALLOWED".to_owned(),
            wrap_up_timer: 30,
        })
        .collect();
    let long = Duration::from_secs(100_000);
    (world.timers.rona, world.timers.queue_statistics) = (long, long);
    Ok(world)
}

/// Runs the steps, and calls `done` after each one.
async fn day(agents: u32, mut done: impl FnMut(&'static str)) -> Outcome {
    let sim = Sim::start(Config { tls: false, world: world(agents)?, ..Config::demo()? }).await?;
    let client = Client { http: reqwest::Client::builder().no_proxy().build()?, sim: &sim };
    for agent in 0..agents {
        let login = format!("<User><state>LOGIN</state><extension>{}</extension></User>", extension(agent));
        client.put(agent, &format!("User/{}", id(agent)), login).await?;
        client.state(agent, "READY").await?;
    }
    done("sign in, READY");
    let calls = client.calls(agents, extension).await?;
    done("ring");
    client.all(&calls, "ANSWER").await?;
    done("answer");
    client.all(&calls, "DROP").await?;
    done("end");
    let calls = client.calls(agents, |agent| (700_000 + agent / TEAM).to_string()).await?;
    done("ring from a queue");
    for call in &calls {
        client.hang_up(call).await?;
    }
    done("abandon");
    for agent in 0..agents {
        client.state(agent, "NOT_READY").await?;
    }
    done("NOT_READY");
    let calls = client.calls(agents, |agent| (700_000 + agent / TEAM).to_string()).await?;
    done("wait in a queue");
    for call in &calls {
        client.hang_up(call).await?;
    }
    done("leave a queue");
    sim.shutdown().await;
    Ok(())
}

struct Client<'a> {
    http: reqwest::Client,
    sim: &'a Running,
}

impl Client<'_> {
    async fn put(&self, agent: u32, path: &str, body: String) -> Outcome {
        let request = self.http.put(format!("{}/{path}", self.sim.rest_url()));
        let request = request.basic_auth(id(agent), Some("demo")).header("Content-Type", "application/xml");
        let status = request.body(body).send().await?.status().as_u16();
        if status == 202 { Ok(()) } else { Err(format!("PUT {path}: {status}").into()) }
    }

    async fn state(&self, agent: u32, state: &str) -> Outcome {
        self.put(agent, &format!("User/{}", id(agent)), format!("<User><state>{state}</state></User>")).await
    }

    /// Makes a call for each agent, and returns the dialog ids.
    async fn calls(&self, agents: u32, to: impl Fn(u32) -> String) -> Outcome<Vec<String>> {
        let mut calls = Vec::new();
        for agent in 0..agents {
            let request = self.http.post(format!("{}/sim/calls", self.sim.control_url()));
            let request = request.json(&json!({"from": "5550100", "to": to(agent)}));
            let created: serde_json::Value = request.send().await?.error_for_status()?.json().await?;
            calls.push(
                created.get("dialogId").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned(),
            );
        }
        Ok(calls)
    }

    async fn all(&self, calls: &[String], action: &str) -> Outcome {
        for (agent, call) in (0..).zip(calls) {
            let body = format!(
                "<Dialog><requestedAction>{action}</requestedAction>\
                 <targetMediaAddress>{}</targetMediaAddress></Dialog>",
                extension(agent)
            );
            self.put(agent, &format!("Dialog/{call}"), body).await?;
        }
        Ok(())
    }

    async fn hang_up(&self, call: &str) -> Outcome {
        let request = self.http.delete(format!("{}/sim/calls/{call}", self.sim.control_url()));
        request.send().await?.error_for_status()?;
        Ok(())
    }
}
