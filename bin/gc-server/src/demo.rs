//! The connector with a simulated Finesse, and what to try with it.

use std::net::SocketAddr;

use finesse_sim::{Config as SimConfig, Ports, Running, Sim};

use crate::Failed;
use crate::config::Config;
use crate::listen::Listener;
use crate::serve::{Server, stop_signal};

/// Runs until it is told to stop.
pub(crate) async fn run(
    listen: SocketAddr,
    control: SocketAddr,
    callback: SocketAddr,
) -> Result<(), Failed> {
    let sim = SimConfig { ports: Ports { control: control.port(), ..Ports::any() }, ..SimConfig::demo().map_err(Failed::running)? };
    let sim = Sim::start(sim).await.map_err(Failed::running)?;
    let config = Config::parse(&configuration(listen, &sim)).map_err(Failed::config)?;
    crate::logs::start(&config.log).map_err(Failed::config)?;
    let server = Server::start(&config).await?;
    let listener = Listener::start(callback).await.map_err(Failed::running)?;
    print!("{}", tour(server.address(), sim.control_addr(), listener.address));
    stop_signal().await.map_err(Failed::running)?;
    server.stop().await;
    listener.stop().await;
    sim.shutdown().await;
    Ok(())
}

/// What a gc.toml for this simulator would say.
fn configuration(listen: SocketAddr, sim: &Running) -> String {
    let host = sim.host();
    let (rest, notifications) = (sim.rest_addr().port(), sim.websocket_url());
    let ca_pem = sim.ca_pem().unwrap_or_default();
    format!(
        r#"
[http]
listen = "{listen}"

[finesse]
nodes = [{{ url = "https://{host}:{rest}", notifications = "{notifications}" }}]
health_interval = "1s"
ca_pem = """
{ca_pem}"""

[log]
filter = "warn"
"#
    )
}

/// What to try, each line ready for a shell.
fn tour(door: SocketAddr, control: SocketAddr, callback: SocketAddr) -> String {
    let command = |what: &str, body: &str| {
        format!(
            "curl -s http://{door}/gc/command -H 'Content-Type: application/json' -d '{{\"data\":{{\"type\":\"{what}\",\"body\":\"{body}\"}}}}'"
        )
    };
    let on_call = |what: &str| command(&format!("{what}#1001"), "'$CALL'");
    let hello_with_callback = format!(
        "curl -s http://{door}/gc/command -H 'Content-Type: application/json' -d '{{\"data\":{{\"type\":\"Hello#crm\",\"callbackFqdn\":\"http://{callback}\",\"callbackEndpoint\":\"/events\"}}}}'"
    );
    let lines = [
        "The Generic Connector and a simulated Finesse are running. Agents 1001 to 1020 (extensions 2001 to 2020)".to_owned(),
        "and supervisors 1091 and 1092 have the password demo.".to_owned(),
        String::new(),
        "# Say hello as the client \"desk\", and watch its events in a second terminal:".to_owned(),
        command("Hello#desk", ""),
        format!("curl -sN http://{door}/gc/events/desk"),
        String::new(),
        "# Connect agent 1001, log in on extension 2001, become ready:".to_owned(),
        command("Connect#1001", "desk,demo"),
        command("Login#1001", "demo,2001"),
        command("MakeReady#1001", ""),
        String::new(),
        "# A customer calls the agent; answer, hold, retrieve and release the call:".to_owned(),
        format!(
            "CALL=$(curl -s http://{control}/sim/calls -H 'Content-Type: application/json' -d '{{\"from\":\"5550100\",\"to\":\"1001\"}}' | sed 's/.*\"dialogId\":\"\\([0-9]*\\)\".*/\\1/'); echo $CALL"
        ),
        on_call("AnswerCall"),
        on_call("HoldCall"),
        on_call("RetrieveCall"),
        on_call("ReleaseCall"),
        String::new(),
        format!("# A second client, \"crm\", gets its events POSTed to http://{callback}/events; they are printed here:"),
        hello_with_callback,
        command("Connect#1002", "crm,demo"),
        command("Login#1002", "demo,2002"),
        command("MakeReady#1002", ""),
        String::new(),
        "# Stop with Ctrl-C.".to_owned(),
        String::new(),
    ];
    lines.join("\n")
}
