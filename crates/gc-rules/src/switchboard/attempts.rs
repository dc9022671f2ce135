//! How often Finesse may be asked with a password, so that nobody but the agent's owner can lock the account.
//!
//! Finesse locks an account at the fifth refusal in a row. So at most three refusals of one agent reach Finesse within
//! [`WINDOW`], and the last of these is kept for the agent's owner: the party whose password was accepted last. Of an
//! agent without an owner one party has two, so that the last is left for another. Refusals of one party are limited over
//! all agents, too, so that one password cannot be tried with every agent: those that are under way may become refusals,
//! so further ones wait for them.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use gc_access::Principal;

use crate::{AgentKey, ClientKey, CommandId};

/// For how long a refusal counts. A lock lasts as long.
const WINDOW: Duration = Duration::from_secs(5 * 60);
/// Refusals of one agent within the window. The two that are left before the lock are for Finesse's own desktop.
const OF_AGENT: usize = 3;
/// How many of these strangers have together; where nobody is known to be the owner, each party.
const OF_STRANGERS: usize = OF_AGENT - 1;
/// Refusals of one party within the window, over all agents, unless configured.
pub(super) const OF_PARTY: usize = 30;

/// Whom a limit is for: the principal, so that it cannot be avoided by choosing another destination; the client where
/// callers are not identified.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// A caller that the configuration lists, by its name.
    Principal(String),
    /// A client of callers that were not identified.
    Client(ClientKey),
}

impl Party {
    /// Whom the limits are for if this principal uses this client.
    pub fn of(who: &Principal, client: &ClientKey) -> Self {
        match who.is_open() {
            true => Self::Client(client.clone()),
            false => Self::Principal(who.name().to_owned()),
        }
    }
}

/// What became of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Finesse accepted it.
    Accepted,
    /// It equals the one that Finesse accepted before; Finesse was not asked.
    Matched,
    /// Finesse refused it.
    Refused,
    /// Neither: Finesse could not be asked, or the command ended before.
    Unknown,
}

/// The answer to an [`Output::RequestAttempt`](crate::Output::RequestAttempt).
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "the command waits for it"]
pub struct AttemptDecision {
    /// The agent whose command it is.
    pub agent: AgentKey,
    /// The command.
    pub command: CommandId,
    /// Whether its password may be used; if not, after which time it may be.
    pub allowed: Result<(), Duration>,
}

/// The refusals that still count, and what is under way.
#[derive(Debug)]
pub(super) struct Attempts {
    most_of_party: usize,
    now: Duration,
    /// When refusals that no longer count were last removed everywhere.
    swept: Duration,
    agents: BTreeMap<AgentKey, OfAgent>,
    parties: BTreeMap<Party, OfParty>,
}

#[derive(Debug, Default)]
struct OfAgent {
    owner: Option<Party>,
    /// Oldest first.
    refused: Vec<(Duration, Party)>,
}

#[derive(Debug, Default)]
struct OfParty {
    /// Oldest first.
    refused: Vec<(Duration, AgentKey)>,
    /// Since when. An agent checks one password at a time.
    under_way: BTreeMap<AgentKey, Duration>,
    waiting: VecDeque<(AgentKey, CommandId)>,
}

impl Attempts {
    pub(super) fn new(most_of_party: usize) -> Self {
        Self {
            most_of_party: most_of_party.max(1),
            now: Duration::ZERO,
            swept: Duration::ZERO,
            agents: BTreeMap::new(),
            parties: BTreeMap::new(),
        }
    }

    /// Memory stays bounded: what no longer counts is removed once in each window.
    pub(super) fn advance(&mut self, now: Duration) {
        self.now = self.now.max(now);
        if self.now >= self.swept + WINDOW {
            self.swept = self.now;
            let now = self.now;
            self.agents.retain(|_, of| {
                of.forget_old(now);
                of.owner.is_some() || !of.refused.is_empty()
            });
            self.parties.retain(|_, of| {
                of.forget_old(now);
                !(of.refused.is_empty() && of.under_way.is_empty() && of.waiting.is_empty())
            });
        }
    }

    /// The owner as it was before a restart, so that the last try stays with it.
    pub(super) fn restore_owner(&mut self, agent: &AgentKey, party: Party) {
        self.agents.entry(agent.clone()).or_default().owner = Some(party);
    }

    pub(super) fn owner(&self, agent: &AgentKey) -> Option<&Party> {
        self.agents.get(agent)?.owner.as_ref()
    }

    /// Whether this party's password for this agent may be used. `None`: it is decided when attempts under way have their
    /// answer. `asks`: whether Finesse will be asked; only then does the attempt count.
    pub(super) fn request(
        &mut self,
        agent: &AgentKey,
        party: &Party,
        command: &CommandId,
        asks: bool,
    ) -> Option<Result<(), Duration>> {
        let (now, most) = (self.now, self.most_of_party);
        let of_agent = self.agents.get_mut(agent).and_then(|of| of.wait(party, now));
        let of_party = self.parties.entry(party.clone()).or_default();
        let wait = of_agent.max(of_party.wait(most, now));
        match wait {
            Some(wait) => Some(Err(wait)),
            None if !asks => Some(Ok(())),
            None if of_party.is_full(most) => {
                of_party.waiting.push_back((agent.clone(), command.clone()));
                None
            }
            None => {
                of_party.under_way.insert(agent.clone(), now);
                Some(Ok(()))
            }
        }
    }

    /// A requested attempt has ended, allowed or not. The answers to those that waited for it.
    pub(super) fn ended(
        &mut self,
        agent: &AgentKey,
        party: &Party,
        verdict: Verdict,
    ) -> Vec<AttemptDecision> {
        let (now, most) = (self.now, self.most_of_party);
        let of_party = self.parties.entry(party.clone()).or_default();
        of_party.under_way.remove(agent);
        of_party.waiting.retain(|(waiting, _)| waiting != agent);
        let of_agent = self.agents.entry(agent.clone()).or_default();
        match verdict {
            Verdict::Accepted => {
                of_agent.owner = Some(party.clone());
                of_agent.refused.retain(|(_, refused)| refused != party);
                of_party.refused.retain(|(_, refused)| refused != agent);
            }
            // Finesse goes on counting the refusals before it.
            Verdict::Matched => of_agent.owner = Some(party.clone()),
            Verdict::Refused => {
                of_agent.refused.push((now, party.clone()));
                of_party.refused.push((now, agent.clone()));
            }
            Verdict::Unknown => {}
        }
        let mut answers = Vec::new();
        while let Some((agent, command)) = of_party.next_waiting(most, now) {
            let allowed = of_party.wait(most, now).map_or(Ok(()), Err);
            if allowed.is_ok() {
                of_party.under_way.insert(agent.clone(), now);
            }
            answers.push(AttemptDecision { agent, command, allowed });
        }
        answers
    }
}

impl OfAgent {
    fn forget_old(&mut self, now: Duration) {
        self.refused.retain(|(at, _)| counts(*at, now));
    }

    /// How long this party has to wait.
    fn wait(&mut self, party: &Party, now: Duration) -> Option<Duration> {
        self.forget_old(now);
        let of_all = |most| until_fewer(&self.refused, most, now);
        match &self.owner {
            Some(owner) if owner == party => of_all(OF_AGENT),
            Some(_) => of_all(OF_STRANGERS),
            None => {
                let own: Vec<_> =
                    self.refused.iter().filter(|(_, refused)| refused == party).cloned().collect();
                of_all(OF_AGENT).max(until_fewer(&own, OF_STRANGERS, now))
            }
        }
    }
}

impl OfParty {
    fn forget_old(&mut self, now: Duration) {
        self.refused.retain(|(at, _)| counts(*at, now));
        // One that never ended, because its agent's task failed.
        self.under_way.retain(|_, since| counts(*since, now));
    }

    fn wait(&mut self, most: usize, now: Duration) -> Option<Duration> {
        self.forget_old(now);
        until_fewer(&self.refused, most, now)
    }

    fn is_full(&self, most: usize) -> bool {
        self.refused.len() + self.under_way.len() >= most
    }

    /// The next that waits, if its answer is known now.
    fn next_waiting(&mut self, most: usize, now: Duration) -> Option<(AgentKey, CommandId)> {
        self.forget_old(now);
        match self.refused.len() >= most || !self.is_full(most) {
            true => self.waiting.pop_front(),
            false => None,
        }
    }
}

fn counts(at: Duration, now: Duration) -> bool {
    now < at + WINDOW
}

/// The time until fewer than `most` of these still count.
fn until_fewer<T>(refused: &[(Duration, T)], most: usize, now: Duration) -> Option<Duration> {
    let (at, _) = refused.get(refused.len().checked_sub(most)?)?;
    Some((*at + WINDOW).saturating_sub(now))
}

#[cfg(test)]
mod tests;
