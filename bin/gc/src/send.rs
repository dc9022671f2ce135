//! `gc send` and `gc call`.

use std::io::{self, IsTerminal};

use gc_protocol::{Argument, CallbackParts, Command, CommandName, Kind as ArgumentKind, Request, Role};
use secrecy::{ExposeSecret, SecretString};

use crate::arguments::{Call, Send, Sending, Where};
use crate::connector::{Connector, FROM_NOW, Position};
use crate::failed::{Failed, Kind};
use crate::outcome::{self, Events};
use crate::output::{Output, shown};
use crate::target::Target;
use crate::{commands, curl, follow};

/// Stands for a secret that is asked for.
const ASK: &str = "-";
/// Stands for a secret where it is shown.
const MASK: &str = "***";

/// Sends a command.
pub(crate) async fn send(at: &Where, send: Send, output: &mut Output) -> Result<(), Failed> {
    let Send { command, id, arguments, no_wait, callback, sending } = send;
    let name = commands::named(&command)?;
    let command = read(name, arguments, sending.dry_run)?;
    let callback = callback.map(|fqdn| CallbackParts { fqdn, endpoint: String::new() });
    let target = Target::choose(at)?;
    let request = request(&command, &id, callback, &sending, &target)?;
    if sending.dry_run {
        return output.line(curl::line(&target, sending.cluster.as_deref(), &request)?);
    }
    let waits = !no_wait && outcome::is_reported(name);
    let client = client_of(&command, &id, &sending, &target);
    let connector = Connector::new(target)?;
    if !waits {
        let accepted = connector.send(sending.cluster.as_deref(), &request).await?;
        return match sending.json {
            true => output.json(&accepted.json),
            false if no_wait => {
                output.line(format_args!("accepted, command {}", shown(&accepted.command_id)))
            }
            false => output.line(format_args!(
                "accepted, command {}; no event reports its success, an Error is reported to the client",
                shown(&accepted.command_id)
            )),
        };
    }
    perform(&connector, &client?, &request, &sending, output).await.map(drop)
}

/// Lets an agent call a number.
pub(crate) async fn call(at: &Where, call: Call, output: &mut Output) -> Result<(), Failed> {
    let Call { agent, number, follow, sending } = call;
    let command = read(CommandName::MakeCall, vec![number], sending.dry_run)?;
    let target = Target::choose(at)?;
    let request = request(&command, &agent, None, &sending, &target)?;
    if sending.dry_run {
        return output.line(curl::line(&target, sending.cluster.as_deref(), &request)?);
    }
    let client = client_of(&command, &agent, &sending, &target)?;
    let connector = Connector::new(target)?;
    let (mut events, call) = perform(&connector, &client, &request, &sending, output).await?;
    match (follow, call) {
        (true, Some(call)) => {
            follow::until_dropped(&connector, &mut events, &call, sending.json, output).await
        }
        (true, None) => {
            Err(Failed::new(Kind::Unavailable, "the outcome names no call that could be followed"))
        }
        (false, _) => Ok(()),
    }
}

/// Sends it and waits for its outcome; the stream goes on behind it, with the call that it is about.
async fn perform(
    connector: &Connector,
    client: &str,
    request: &Request,
    sending: &Sending,
    output: &mut Output,
) -> Result<(Events, Option<String>), Failed> {
    // Before the command is sent, so that nothing of its outcome is missed.
    let before = match connector.events(client, &Position::Since(FROM_NOW.to_owned())).await {
        Ok(stream) => Some(stream),
        // Who may send the command may read its events, and a refusal of the command says which right is missing.
        Err(Failed { kind: Kind::NotFound | Kind::NotAllowed, .. }) => None,
        Err(failed) => return Err(failed),
    };
    let accepted = connector.send(sending.cluster.as_deref(), request).await?;
    if sending.json {
        output.json(&accepted.json)?;
    }
    let stream = match before {
        Some(stream) => stream,
        // The client is new: everything is there from its first event on.
        None => connector.events(client, &Position::Since("0".to_owned())).await?,
    };
    let mut events = Events::of(stream);
    let command = (request.name, accepted.command_id.as_str());
    let how = (sending.timeout, sending.json);
    let call = outcome::wait(connector, &mut events, command, how, output).await?;
    Ok((events, call))
}

/// The command with these arguments. A fixed word need not be given, and `-` stands for a secret that is asked for.
fn read(name: CommandName, mut given: Vec<String>, masked: bool) -> Result<Command, Failed> {
    let declared = name.declaration().arguments;
    for (argument, text) in declared.iter().zip(&mut given) {
        if argument.kind.is_secret() && (masked || text == ASK) {
            *text = if masked { MASK.to_owned() } else { ask(argument)?.expose_secret().to_owned() };
        }
    }
    if let Some(Argument { kind: ArgumentKind::Word([word]), .. }) = declared.get(given.len()) {
        given.push((*word).to_owned());
    }
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    Command::from_arguments(name, &given).map_err(|error| {
        Failed::new(Kind::Data, format!("{error}\nusage: gc send {}", commands::usage(name)))
    })
}

fn ask(argument: &Argument) -> Result<SecretString, Failed> {
    let unreadable =
        |error: io::Error| Failed::new(Kind::Data, format!("the {} cannot be read: {error}", argument.name));
    if io::stdin().is_terminal() {
        return rpassword::prompt_password(format!("{}: ", argument.name))
            .map(SecretString::from)
            .map_err(unreadable);
    }
    let mut line = String::new();
    io::stdin().read_line(&mut line).map_err(unreadable)?;
    Ok(SecretString::from(line.trim_end_matches(['\r', '\n'])))
}

fn request(
    command: &Command,
    id: &str,
    callback: Option<CallbackParts>,
    sending: &Sending,
    target: &Target,
) -> Result<Request, Failed> {
    // Several arguments in one word, with the commas of the wire format.
    let mut request = Request::new(command, id).map_err(|error| {
        let usage = commands::usage(command.name());
        Failed::new(Kind::Data, format!("{error}: each is a word of its own\nusage: gc send {usage}"))
    })?;
    request.session_url = sending.session_url.clone().or_else(|| target.session_url.clone());
    request.callback = callback;
    Ok(request)
}

/// The client whose events show the outcome.
fn client_of(command: &Command, id: &str, sending: &Sending, target: &Target) -> Result<String, Failed> {
    if let Command::Connect { destination, .. } = command {
        return Ok(destination.clone());
    }
    if command.name().declaration().role == Role::Client {
        return Ok(id.to_owned());
    }
    sending.client.clone().or_else(|| target.client.clone()).ok_or_else(|| {
        let text = "whose events show the outcome? Name the client that connected the agent: --client, GC_CLIENT or the \
                    profile's key client. Or do not wait: --no-wait";
        Failed::new(Kind::Usage, text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(arguments: &[&str]) -> Vec<String> {
        arguments.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_fixed_word_need_not_be_given() {
        let command = read(CommandName::AcceptOutboundPreview, given(&["30250"]), false).unwrap();
        assert_eq!(command, Command::AcceptOutboundPreview { dialog_id: "30250".into() });
        assert!(read(CommandName::AcceptOutboundPreview, Vec::new(), false).is_err());
    }

    #[test]
    fn a_secret_that_is_shown_is_masked() {
        let command = read(CommandName::Login, given(&["hunter2", "2001"]), true).unwrap();
        assert_eq!(command.to_body().unwrap().expose_secret(), "***,2001");
    }

    #[test]
    fn arguments_that_cannot_be_read_name_what_is_missing_and_the_usage() {
        let failed = read(CommandName::Login, given(&["hunter2"]), false).unwrap_err();
        assert_eq!(failed.kind, Kind::Data);
        assert_eq!(
            failed.reason,
            "Login: the extension is missing\nusage: gc send Login AGENT PASSWORD EXTENSION [ACTIVE_DEVICE_ID]"
        );
    }
}
