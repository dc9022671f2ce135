//! A command that was sent, as it is kept for a restart (`agent::kept`).

use std::collections::BTreeSet;

use finesse_types::Request;
use gc_events::ErrorCode;
use gc_protocol::{Command, Request as Wire};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::effect::Effect;
use super::pending::{PendingCommand, Sent};
use crate::{AskId, ClientKey, CommandId};

/// A command that was sent, as it is kept for a restart.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::agent) struct KeptCommand {
    id: CommandId,
    client: ClientKey,
    /// The command as a client writes it, without passwords.
    command: String,
    ask: AskId,
    request: Request,
    effect: Effect,
    before: BTreeSet<String>,
    progress: Option<String>,
}

impl PendingCommand {
    /// What has to be kept of it, once it has been sent.
    pub(in crate::agent) fn keep(&self) -> Option<KeptCommand> {
        let Sent { ask, request, effect, before, .. } = self.awaited()?;
        // Whose command it is, the session says.
        let command = Wire::new(&without_password(self.command()), "agent").ok()?;
        Some(KeptCommand {
            id: self.id().clone(),
            client: self.client().clone(),
            command: command.to_json().expose_secret().to_owned(),
            ask: *ask,
            request: request.clone(),
            effect: effect.clone(),
            before: before.clone(),
            progress: self.progress().map(str::to_owned),
        })
    }

    /// A command that was sent before a restart. If no effect shows, it ends with PLEASE_RETRY and this text.
    pub(in crate::agent) fn restore(kept: KeptCommand, otherwise: &str) -> Option<Self> {
        let KeptCommand { id, client, command, ask, request, effect, before, progress } = kept;
        let command = Wire::from_json(command.as_bytes()).ok()?.command().ok()?;
        let mut pending = Self::new(id, client, command, false);
        pending.send(ask, request, effect, before);
        pending.note_doubt(ErrorCode::PleaseRetry, otherwise.to_owned());
        progress.into_iter().for_each(|text| pending.note_progress(text));
        Some(pending)
    }
}

/// The command with a placeholder for its password, which it does not need any more.
fn without_password(command: &Command) -> Command {
    let password = || "*".into();
    match command.clone() {
        Command::Login { extension, device, .. } => {
            Command::Login { password: password(), extension, device }
        }
        Command::MobileAgentLogin { extension, phone, mode, .. } => {
            Command::MobileAgentLogin { password: password(), extension, phone, mode }
        }
        Command::Connect { destination, sso, .. } => {
            Command::Connect { destination, password: password(), sso }
        }
        other => other,
    }
}
