//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::version::version;

const EXAMPLES: &str = "\
Try it with `gc-server demo`:
  gc send Hello desk                    register the client `desk`
  gc tail desk                          show its events, in another terminal
  gc send Connect 1001 desk demo        connect agent 1001 (password demo) for desk
  gc send Login 1001 demo 2001 --client desk
  gc call 1001 5550100 --client desk    shows the first event of the call, with its dialogId
  gc send ReleaseCall 1001 DIALOG_ID --client desk

Name the connector by --url, GC_URL or a profile in ~/.config/gc/config.toml (docs/cli.md):
  [profile.site]
  url = \"https://gc.example.com:8112\"
  token_file = \"/home/me/.config/gc/site.token\"
  client = \"crm\"
Then: gc --profile site health

Exit codes: 0 done; 1 refused, or ended with an Error; 64 wrong usage; 65 arguments that cannot be read; 69 no
connector; 75 no outcome in time, or try again later; 77 not allowed; 78 a configuration file cannot be used.";

/// Sends commands to a Generic Connector and shows what comes of them.
#[derive(Debug, Parser)]
#[command(name = "gc", version = version(), after_long_help = EXAMPLES, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) at: Where,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Which connector, and how to reach it.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Which connector")]
pub(crate) struct Where {
    /// The profile to use, from config.toml [default: the one that its key `default` names].
    #[arg(long, global = true, env = "GC_PROFILE", value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// The connector's address [default: the profile's, or http://127.0.0.1:8112].
    #[arg(long, global = true, env = "GC_URL", value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Where `/admin` is, if the connector has a listener of its own for it (`http.admin_listen`) [default: the profile's, or the
    /// connector's address].
    #[arg(long, global = true, env = "GC_ADMIN_URL", value_name = "URL")]
    pub(crate) admin_url: Option<String>,
    /// A file with the token, which only you may read. Without it: the variable GC_TOKEN, or the profile's token.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// The certificate authorities to trust instead of the system's, in PEM format.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sends a command for an agent, and waits for its outcome.
    #[command(after_help = "`gc commands` lists all commands, `gc commands MakeCall` explains one.")]
    Send(Send),
    /// Lets an agent call a number, and shows the first event of the call; with --follow, the call until it ends.
    #[command(
        after_help = "Without --follow the call goes on when gc has ended. Release it with the dialogId that is shown:\n  \
                            gc send ReleaseCall AGENT DIALOG_ID"
    )]
    Call(Call),
    /// Shows the events of a client as they happen, until Ctrl-C.
    ///
    /// A lost connection is opened again, and goes on behind the last event. If the client has no callback, events that are shown
    /// here count as delivered.
    Tail(Tail),
    /// Lists the agents who are connected, with their streams and calls. Needs the right `admin`.
    Agents {
        /// Only those of this client.
        #[arg(long)]
        client: Option<String>,
        /// Print JSON, one agent on each line.
        #[arg(long)]
        json: bool,
    },
    /// Lists the clients and how their events get through. Needs the right `admin`.
    Clients {
        /// Print JSON, one client on each line.
        #[arg(long)]
        json: bool,
    },
    /// Lists events that could not be delivered; delivers them again, or deletes them. Needs the right `admin`.
    DeadLetters(DeadLetters),
    /// Says whether the connector lives, and whether Finesse is in service.
    Health,
    /// Lists the commands that can be sent, or explains one.
    Commands {
        /// The command to explain.
        command: Option<String>,
    },
    /// Prints the completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Prints the man page, or writes all of them into a directory.
    Man {
        /// Where to write the pages.
        directory: Option<PathBuf>,
    },
}

/// How a command is sent.
#[derive(Debug, Args)]
pub(crate) struct Sending {
    /// The client whose events show the outcome [default: the profile's].
    #[arg(long, env = "GC_CLIENT", value_name = "CLIENT")]
    pub(crate) client: Option<String>,
    /// The client's own identification, sent as sessionUrl [default: the profile's].
    #[arg(long, value_name = "TEXT")]
    pub(crate) session_url: Option<String>,
    /// The cluster of the agent, if the connector serves several.
    #[arg(long, value_name = "NAME")]
    pub(crate) cluster: Option<String>,
    /// How long to wait for the outcome, in seconds.
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub(crate) timeout: Duration,
    /// Print JSON as it comes: the answer, then each event.
    #[arg(long)]
    pub(crate) json: bool,
    /// Print a curl command instead of sending anything. Secrets are shown as ***.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Send {
    /// The command, such as MakeCall.
    pub(crate) command: String,
    /// The agent's login id; for Hello and Beat the client.
    pub(crate) id: String,
    /// Its arguments, in the order that `gc commands` shows. `-` for a password: it is asked for, or read from standard input.
    /// Behind `--` an argument may begin with a hyphen.
    #[arg(value_name = "ARGUMENT")]
    pub(crate) arguments: Vec<String>,
    /// Do not wait for the outcome.
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Where the client's events are to be posted, for Hello and Connect.
    #[arg(long, value_name = "URL")]
    pub(crate) callback: Option<String>,
    #[command(flatten)]
    pub(crate) sending: Sending,
}

#[derive(Debug, Args)]
pub(crate) struct Call {
    /// The agent's login id.
    pub(crate) agent: String,
    /// The number to call.
    pub(crate) number: String,
    /// Show the call until it ends. Ctrl-C ends the showing, not the call.
    #[arg(long)]
    pub(crate) follow: bool,
    #[command(flatten)]
    pub(crate) sending: Sending,
}

#[derive(Debug, Args)]
pub(crate) struct Tail {
    /// The client.
    pub(crate) client: String,
    /// Where to begin: behind an event's id or number, or at a time with its zone; `now` for new events only [default: the
    /// oldest event that is not delivered].
    #[arg(long, value_name = "PLACE")]
    pub(crate) since: Option<String>,
    /// End after so many events.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) count: Option<u64>,
    /// Print each event as JSON, with its envelope, as it came.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DeadLetters {
    /// The client; without one, all clients that have dead letters.
    pub(crate) client: Option<String>,
    /// Only the dead letter with this id; it is shown with its event.
    #[arg(long, requires = "client")]
    pub(crate) id: Option<String>,
    /// Deliver them again, behind the events that wait.
    #[arg(long, requires = "client", conflicts_with = "purge")]
    pub(crate) replay: bool,
    /// Delete them.
    #[arg(long, requires = "client")]
    pub(crate) purge: bool,
    /// Print JSON, one dead letter on each line.
    #[arg(long)]
    pub(crate) json: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds @ 1..=86_400) => Ok(Duration::from_secs(seconds)),
        _ => Err("write a number of seconds, 1 to 86400".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_valid() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn options_may_stand_behind_arguments_and_a_hyphen_is_one() {
        let line = ["gc", "send", "Login", "1001", "-", "2001", "--no-wait", "--url", "http://gc.example"];
        let parsed = Arguments::try_parse_from(line).unwrap();
        let Command::Send(send) = parsed.command else { panic!("{parsed:?}") };
        assert_eq!((send.arguments, send.no_wait), (vec!["-".to_owned(), "2001".to_owned()], true));
        assert_eq!(parsed.at.url.as_deref(), Some("http://gc.example"));
    }

    #[test]
    fn combinations_that_mean_nothing_are_refused() {
        for wrong in [
            &["dead-letters", "--replay"][..],
            &["dead-letters", "desk", "--replay", "--purge"],
            &["send", "MakeReady"],
            &["send", "MakeReady", "1001", "--timeout", "0"],
            &["tail"],
        ] {
            assert!(Arguments::try_parse_from([&["gc"], wrong].concat()).is_err(), "{wrong:?}");
        }
    }
}
