//! What a supervisor sees of the team: who is in it, their states, and their changes.

use finesse_types::{Payload, Update, User, UserState, team_users_node};
use gc_events::{ErrorCode, ErrorEvent, Event, State};
use gc_protocol::Command;

use super::Agent;
use super::open::{Change, Stage};
use crate::{CommandId, Output, render};

/// A team member as Finesse told it last.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) state: UserState,
    /// The State told last, by an event or by the list of the team.
    told: Option<Event>,
}

impl Agent {
    /// getteamusers: the subscription first, so that nothing is missed between the list and the changes.
    pub(super) fn team_users(&mut self, id: &CommandId, command: &Command) {
        let Command::GetTeamUsers { team_id, subscribe } = command else { return };
        let node = team_users_node(team_id);
        match subscribe {
            Some(true) if self.nodes.insert(node.clone()) => {
                return self.out.push(Output::Subscribe { node });
            }
            Some(false) => {
                self.nodes.remove(&node);
                self.out.push(Output::Unsubscribe { node });
            }
            Some(true) | None => {}
        }
        self.list(id, command);
    }

    /// A new stream knows nothing of what was subscribed on the one before.
    pub(super) fn subscribe_again(&mut self) {
        let nodes = self.nodes.iter().map(|node| Output::Subscribe { node: node.clone() });
        self.out.extend(nodes.collect::<Vec<_>>());
    }

    pub(super) fn subscribed(&mut self, node: &str) {
        for (id, command) in self.waiting_for(node) {
            self.list(&id, &command);
        }
    }

    /// Whoever waits for the subscription is told; else the changes that were told so far are no longer.
    pub(super) fn not_subscribed(&mut self, node: &str) {
        let waiting = self.waiting_for(node);
        let text = "Finesse does not tell the team's changes. Ask for the list again, or without true.";
        if waiting.is_empty() && self.nodes.remove(node) {
            let event = ErrorEvent::of_agent(ErrorCode::GeneralError, &self.id).with_message(text);
            self.emit(Event::Error(event), None);
        }
        waiting.iter().for_each(|(id, _)| self.fail(id, ErrorCode::GeneralError, text));
    }

    /// The commands that list a team when its node is subscribed.
    fn waiting_for(&self, node: &str) -> Vec<(CommandId, Command)> {
        let waiting = self.open.iter().filter(|open| open.stage == Stage::Preparing);
        let theirs = waiting.filter(|open| wanted_node(&open.command).as_deref() == Some(node));
        theirs.map(|open| (open.id.clone(), open.command.clone())).collect()
    }

    /// A getteamusers that fails leaves no subscription behind.
    pub(super) fn give_up_subscription(&mut self, command: &Command) {
        if let Some(node) = wanted_node(command).filter(|node| self.nodes.remove(node)) {
            self.out.push(Output::Unsubscribe { node });
        }
    }

    /// A notification of a team's node: a member's state, each change once.
    pub(super) fn team_notified(&mut self, item_id: Option<String>, update: Update) {
        if item_id.is_some_and(|id| self.came_before(id)) {
            return;
        }
        let users = match update.payload {
            Payload::User(user) => vec![*user],
            Payload::Team(team) => team.users,
            _ => Vec::new(),
        };
        users.iter().for_each(|user| self.member_changed(user));
    }

    /// The commands that asked for it are answered by it; else it is told when it is news.
    pub(super) fn member_changed(&mut self, user: &User) {
        let event = self.member_state(user);
        let asked = self.answered_by(&Change::Member { user }, None);
        let member = self.note_member(user);
        let known = member.told.replace(event.clone());
        if asked.is_empty() && known.as_ref() != Some(&event) {
            return self.emit(event, None);
        }
        for id in asked {
            self.answer(&id, event.clone());
            self.finish(&id);
        }
    }

    /// The list of a team is told: who is in it, and in which state.
    pub(super) fn team_listed(&mut self, users: &[User]) {
        for user in users {
            let event = self.member_state(user);
            // What was told before may be newer than the list.
            self.note_member(user).told.get_or_insert(event);
        }
        // By that the registry knows whose commands are for whom.
        let members = users.iter().map(|user| user.login_id.clone()).collect();
        self.out.push(Output::Supervises { members });
    }

    fn note_member(&mut self, user: &User) -> &mut Member {
        let state = user.state.clone();
        let member = self.members.entry(user.login_id.clone());
        let member = member.or_insert_with(|| Member { state: state.clone(), told: None });
        member.state = state;
        member
    }

    /// A member's state as the supervisor is told.
    pub(super) fn member_state(&self, user: &User) -> Event {
        let state = render::state(user, &self.id, &[], &self.settings.zone);
        Event::State(State { team_agent_id: Some(user.login_id.clone()), ..state })
    }
}

/// The node that a command wants to be told of.
fn wanted_node(command: &Command) -> Option<String> {
    match command {
        Command::GetTeamUsers { team_id, subscribe: Some(true) } => Some(team_users_node(team_id)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
