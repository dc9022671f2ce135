//! What a supervisor sees and does of the team: subscriptions, members' states, and their state changed.

use std::time::Duration;

use finesse_types::{Answer, Failure, Payload, Request, Update, User, UserState, team_users_node};
use gc_events::{ErrorCode, Event, State};
use gc_protocol::Command;

use super::open::{Effect, Stage};
use super::{Agent, AskFor};
use crate::time::is_newer;
use crate::{CommandId, Output, Timer, render};

/// From one look at a member whose state was changed to the next, until the command's deadline.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

impl Agent {
    /// getteamusers: the subscription first, so that nothing is missed between the list and the changes.
    pub(super) fn team_users(&mut self, id: &CommandId, command: &Command) {
        if let Command::GetTeamUsers { team_id, subscribe: Some(subscribe) } = command {
            let node = team_users_node(team_id);
            match subscribe {
                true => {
                    self.followed.insert(team_id.clone());
                    self.out.push(Output::Subscribe { node });
                }
                false => {
                    self.followed.remove(team_id);
                    self.out.push(Output::Unsubscribe { node });
                }
            }
        }
        self.list(id, command);
    }

    /// A new stream knows nothing of what was subscribed on the one before.
    pub(super) fn subscribe_again(&mut self) {
        let nodes = self.followed.iter().map(|team| Output::Subscribe { node: team_users_node(team) });
        self.out.extend(nodes);
    }

    /// What the members of the subscribed teams did while nobody told it.
    pub(super) fn reread_teams(&mut self) {
        for id in self.followed.clone() {
            self.ask(Request::Team { id, include_logged_out: true }, AskFor::RereadTeam);
        }
    }

    pub(super) fn team_reread(&mut self, result: Result<Answer, Failure>) {
        match result {
            Ok(Answer::Team(team)) => {
                let news: Vec<User> = team.users.into_iter().filter(|user| self.is_news(user)).collect();
                news.iter().for_each(|user| self.member_changed(user));
            }
            Ok(_) => {}
            Err(failure) => self.reread_later(&failure),
        }
    }

    /// A list says less of a member than a notification, and may be older.
    fn is_news(&self, user: &User) -> bool {
        let Some(known) = self.members.get(&user.login_id) else { return true };
        let differs = (&user.state, &user.pending_state) != (&known.state, &known.pending_state);
        is_newer(&user.state_change_time, &known.state_change_time) || (differs && !is_outdated(user, known))
    }

    pub(super) fn not_subscribed(&mut self, node: &str) {
        let team = self.followed.iter().find(|team| team_users_node(team) == node).cloned();
        if team.is_some_and(|team| self.followed.remove(&team)) {
            let text = format!("Finesse does not tell the changes of {node}; ask for the list again.");
            let event = gc_events::ErrorEvent::of_agent(ErrorCode::GeneralError, &self.id).with_message(text);
            self.emit(Event::Error(event), None);
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
    fn member_changed(&mut self, user: &User) {
        let event = self.member_state(user);
        let known = self.members.insert(user.login_id.clone(), user.clone());
        let told = known.map(|known| self.member_state(&known));
        let asked = self.asked_for(user);
        if asked.is_empty() && told.as_ref() != Some(&event) {
            return self.emit(event, None);
        }
        for id in asked {
            self.answer(&id, event.clone());
            self.finish(&id);
        }
    }

    /// The open commands whose effect a member shows.
    fn asked_for(&self, user: &User) -> Vec<CommandId> {
        let sent = self.open.iter().filter(|open| open.stage == Stage::Sent);
        let met = sent.filter(|open| match &open.effect {
            Some(Effect::Member(member, state)) => {
                *member == user.login_id
                    && (user.state == *state || user.pending_state.as_ref() == Some(state))
            }
            _ => false,
        });
        met.map(|open| open.id.clone()).collect()
    }

    /// Who is in the supervisor's teams: by that the registry knows whose commands are for whom.
    pub(super) fn note_members(&mut self, users: &[User]) {
        let members: Vec<String> = users.iter().map(|user| user.login_id.clone()).collect();
        for user in users {
            if self.members.get(&user.login_id).is_none_or(|known| !is_outdated(user, known)) {
                self.members.insert(user.login_id.clone(), user.clone());
            }
        }
        self.out.push(Output::Supervises { members });
    }

    /// The member who works at an extension, by the states told.
    pub(super) fn member_at(&self, extension: &str) -> Option<String> {
        let at = self.members.values().find(|user| user.extension == extension);
        at.map(|user| user.login_id.clone())
    }

    /// A member's state as the supervisor is told.
    pub(super) fn member_state(&self, user: &User) -> Event {
        let state = render::state(user, &self.id, &[], &self.settings.zone);
        Event::State(State { team_agent_id: Some(user.login_id.clone()), ..state })
    }

    /// A supervisor's command for a member: with the supervisor's rights, and without a reason code.
    pub(super) fn change_member(&mut self, id: &CommandId, member: String, command: &Command) {
        let state = match command {
            Command::Logout => UserState::Logout,
            Command::MakeReady => UserState::Ready,
            Command::MakeNotReady => UserState::NotReady,
            other => {
                let text = format!("{} cannot be sent for a team member.", other.name());
                return self.fail(id, ErrorCode::GeneralError, text);
            }
        };
        let request =
            Request::ChangeState { user: member.clone(), state: state.clone(), reason_code_id: None };
        self.write(id, request, Effect::Member(member, state));
    }

    /// Finesse accepted it; the member's notifications come here only with a subscription, so the member is
    /// looked at.
    pub(super) fn look_at_member(&mut self, id: &CommandId) {
        let Some(Effect::Member(member, _)) = self.open_command(id).and_then(|open| open.effect.clone())
        else {
            return;
        };
        if self.ask(Request::User { id: member }, AskFor::Member(id.clone())).is_none() {
            self.end_without_session(id);
        }
    }

    pub(super) fn member_read(&mut self, id: &CommandId, result: Result<Answer, Failure>) {
        let Some(Effect::Member(member, _)) = self.open_command(id).and_then(|open| open.effect.clone())
        else {
            return;
        };
        match result {
            Ok(Answer::User(user)) if self.asked_for(&user).contains(id) => self.member_changed(&user),
            Ok(_) => self.out.push(Output::StartTimer(Timer::Look(id.clone()), LOOK_AGAIN)),
            Err(failure) => {
                let request = Request::User { id: member };
                self.fail(id, failure.code(&request), failure.message(&request));
            }
        }
    }
}

/// Whether a list shows a member as it was before what is known. A member without a time may be as new.
fn is_outdated(listed: &User, known: &User) -> bool {
    !listed.state_change_time.is_empty() && is_newer(&known.state_change_time, &listed.state_change_time)
}

#[cfg(test)]
mod tests;
