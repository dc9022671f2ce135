//! What is written down of an agent's session, whenever it has changed.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use gc_rules::{Agent, AgentKey, ClientKey, CommandId, KeptSession, Output};
use gc_store::{Change, CommandKey, Sealed, Sealer, SessionRecord};
use secrecy::{ExposeSecret, SecretString};

/// Keeps one agent's session.
pub(crate) struct Keeper {
    agent: AgentKey,
    sealer: Option<Arc<Sealer>>,
    /// A hash of what was kept last; none if nothing is kept.
    last: Option<u64>,
    sealed: Option<(SecretString, Sealed)>,
    /// Without a key: the record of an earlier process, which had a key, has been removed.
    removed: bool,
    /// Who sent the commands that have no outcome yet.
    open: BTreeMap<CommandId, ClientKey>,
}

impl Keeper {
    /// `is_kept`: there is a record of the session already.
    pub(crate) fn new(agent: AgentKey, sealer: Option<Arc<Sealer>>, is_kept: bool) -> Self {
        Self {
            agent,
            sealer,
            last: is_kept.then_some(0),
            sealed: None,
            removed: false,
            open: BTreeMap::new(),
        }
    }

    /// A command has been taken, which is kept until it has its outcome.
    pub(crate) fn taken(&mut self, command: CommandId, client: ClientKey) {
        self.open.insert(command, client);
    }

    /// What a step of the agent changes of what is kept: the ends of its commands, and the session.
    pub(crate) fn changes(&mut self, outputs: &[Output], agent: &Agent) -> Vec<Change> {
        let ended = outputs.iter().filter_map(|output| match output {
            Output::Finished { id, .. } => self.open.remove_entry(id),
            _ => None,
        });
        let over = |(id, client)| Change::CommandOver(CommandKey::new(self.agent.clone(), client, &id));
        let mut changes: Vec<_> = ended.map(over).collect();
        changes.extend(self.session(agent));
        changes
    }

    fn session(&mut self, agent: &Agent) -> Option<Change> {
        let Some(sealer) = self.sealer.clone() else {
            // The record of an earlier process, which had a key, would bring back a session that is out of date.
            let is_first = agent.keep().is_some() && !std::mem::replace(&mut self.removed, true);
            return is_first.then(|| Change::SessionOver(self.agent.clone()));
        };
        let Some(KeptSession { owner, credentials, state }) = agent.keep() else {
            return self.last.take().map(|_| Change::SessionOver(self.agent.clone()));
        };
        let mut hasher = DefaultHasher::new();
        let password = credentials.to_kept();
        (owner, password.expose_secret(), &state).hash(&mut hasher);
        let now = hasher.finish();
        if self.last.replace(now) == Some(now) {
            return None;
        }
        let password = Some(self.seal(&sealer, &password)?);
        Some(Change::Session(SessionRecord {
            agent: self.agent.clone(),
            owner: owner.clone(),
            password,
            state,
        }))
    }

    /// The password is sealed once, and not with every change.
    fn seal(&mut self, sealer: &Sealer, password: &SecretString) -> Option<Sealed> {
        match &self.sealed {
            Some((of, sealed)) if of.expose_secret() == password.expose_secret() => Some(sealed.clone()),
            _ => {
                let sealed = sealer.seal(password, &self.agent.to_string())?;
                self.sealed = Some((password.clone(), sealed.clone()));
                Some(sealed)
            }
        }
    }
}
