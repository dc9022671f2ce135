//! The members of a supervisor's team, their states, and the changes of these.

use finesse_types::{Answer, Failure, Payload, Request, Update, User, team_users_node};
use gc_events::{ErrorCode, ErrorEvent, Event, State};
use gc_protocol::Command;

use crate::agent::Agent;
use crate::agent::commands::{Change, List, Origin, PendingCommand};
use crate::agent::in_flight::Purpose;
use crate::agent::team::Team;
use crate::time::is_newer;
use crate::{CommandId, Output, SessionChange, render};

impl Agent {
    /// getteamusers: subscribes before the list is read, so that no change is missed in between.
    pub(in crate::agent) fn team_users(&mut self, id: &CommandId, team: String, subscribe: Option<bool>) {
        let node = team_users_node(&team);
        match subscribe {
            Some(true) if self.team.followed.insert(team.clone()) => {
                if let Some(pending) = self.commands.get_mut(id) {
                    pending.note_subscribes();
                }
                return self.out.push(Output::Subscribe { node });
            }
            // Another command waits for the same subscription.
            Some(true) if self.waiting_for(&node).iter().any(|(other, _)| other != id) => return,
            Some(false) => {
                self.team.followed.remove(&team);
                self.out.push(Output::Unsubscribe { node });
            }
            Some(true) | None => {}
        }
        self.list(id, List::TeamUsers { team });
    }

    /// Subscribes again on a new stream, because subscriptions end with their stream.
    pub(in crate::agent) fn subscribe_again(&mut self) {
        for team in &self.team.followed {
            self.out.push(Output::Subscribe { node: team_users_node(team) });
        }
    }

    /// Ends all subscriptions, because a new owner follows no team.
    pub(in crate::agent) fn forget_team(&mut self) {
        let supervises = self.team.supervises;
        let before = std::mem::replace(&mut self.team, Team { supervises, ..Team::default() });
        for team in before.followed {
            self.out.push(Output::Unsubscribe { node: team_users_node(&team) });
        }
    }

    /// A team has been subscribed. It is listed for the commands that wait for that. Without any it is read again, since
    /// changes may have been missed.
    pub(in crate::agent) fn subscribed(&mut self, node: &str) {
        let waiting = self.waiting_for(node);
        if waiting.is_empty()
            && let Some(team) = self.team_of(node)
        {
            self.reread_team(team);
        }
        waiting.into_iter().for_each(|(id, team)| self.list(&id, List::TeamUsers { team }));
    }

    /// A team could not be subscribed. The commands that wait for it fail. Without any the error is reported, since the
    /// changes followed so far end.
    pub(in crate::agent) fn not_subscribed(&mut self, node: &str) {
        let waiting = self.waiting_for(node);
        let Some(team) = self.team_of(node) else { return };
        let text = format!(
            "Finesse does not send the changes of team {team}. Request the list again to see the current states."
        );
        if waiting.is_empty() {
            self.team.followed.remove(&team);
            let event = ErrorEvent::of_agent(ErrorCode::GeneralError, &self.id).with_message(&text);
            self.out.emit(Event::Error(event), None);
        }
        waiting.iter().for_each(|(id, _)| self.fail(id, ErrorCode::GeneralError, &text));
    }

    /// The followed team of a node.
    fn team_of(&self, node: &str) -> Option<String> {
        self.team.followed.iter().find(|team| team_users_node(team) == node).cloned()
    }

    /// Reads the followed teams again, since their changes may have been missed.
    pub(in crate::agent) fn reread_teams(&mut self) {
        self.team.followed.clone().into_iter().for_each(|team| self.reread_team(team));
    }

    pub(in crate::agent) fn reread_team(&mut self, id: String) {
        let request = Request::Team { id: id.clone(), include_logged_out: true };
        self.ask(request, Purpose::RereadTeam(id));
    }

    pub(in crate::agent) fn team_reread(&mut self, team: &str, result: Result<Answer, Failure>) {
        match result {
            // The team is not followed any more.
            _ if !self.team.followed.contains(team) => {}
            Ok(Answer::Team(team)) => {
                let users = team.users.into_iter().filter_map(|user| named(user, ""));
                let changed: Vec<User> = users.filter(|user| self.has_changed(user)).collect();
                changed.iter().for_each(|user| self.member_changed(user, &Origin::Unnamed));
            }
            Ok(_) => {}
            Err(failure) => self.reread_later(&failure),
        }
    }

    /// Whether a member in a list has changed. A list may be older than a notification, and contains less.
    fn has_changed(&self, user: &User) -> bool {
        let Some(known) = self.team.members.get(&user.login_id) else { return true };
        let differs = (&user.state, &user.pending_state) != (&known.state, &known.pending_state);
        is_newer(&user.state_change_time, &known.state_change_time) || (differs && !is_outdated(user, known))
    }

    /// The commands that wait for the subscription of a node, each with the team that it lists then.
    fn waiting_for(&self, node: &str) -> Vec<(CommandId, String)> {
        let of_node = |pending: &PendingCommand| {
            let team = team_to_subscribe(pending).filter(|team| team_users_node(team) == node)?;
            let waits = pending.is_preparing() && !self.in_flight.is_listing(pending.id());
            waits.then(|| (pending.id().clone(), team.to_owned()))
        };
        self.commands.iter().filter_map(of_node).collect()
    }

    /// Ends the subscription of a getteamusers that fails, unless another command needs it.
    pub(in crate::agent) fn give_up_subscription(&mut self, id: &CommandId) {
        let subscribing = self.commands.get(id).filter(|pending| pending.subscribes());
        let Some(team) = subscribing.and_then(team_to_subscribe).map(str::to_owned) else { return };
        let needs = |pending: &&PendingCommand| {
            pending.id() != id && team_to_subscribe(pending) == Some(team.as_str())
        };
        let other = self.commands.iter().find(needs).map(|pending| pending.id().clone());
        if let Some(other) = other {
            if let Some(other) = self.commands.get_mut(&other) {
                other.note_subscribes();
            }
        } else if self.team.followed.remove(&team) {
            self.out.push(Output::Unsubscribe { node: team_users_node(&team) });
        }
    }

    /// A notification of a team's node.
    pub(in crate::agent) fn team_notified(&mut self, item_id: Option<String>, update: Update) {
        if self.team.followed.is_empty() || item_id.is_some_and(|id| self.items.is_repeat(id)) {
            return;
        }
        let origin = self.origin(update.request_id.as_deref());
        let users = match update.payload {
            Payload::User(user) => vec![*user],
            Payload::Team(team) => team.users,
            _ => Vec::new(),
        };
        let source = match users.len() {
            1 => update.source,
            _ => String::new(),
        };
        users.into_iter().filter_map(|user| named(user, &source)).for_each(|user| {
            self.member_changed(&user, &origin);
        });
    }

    /// Reports a member's state. It answers the commands that asked for it; without any it is reported if it has changed.
    pub(in crate::agent) fn member_changed(&mut self, user: &User, origin: &Origin) {
        let event = self.member_state(user);
        let known = self.team.members.insert(user.login_id.clone(), user.clone());
        let last = known.map(|known| self.member_state(&known));
        let met = self.commands.met_by(&Change::Member { user }, origin);
        if met.is_empty() && last.as_ref() != Some(&event) {
            return self.out.emit(event, None);
        }
        for id in met {
            self.answer(&id, event.clone());
            self.finish(&id);
        }
    }

    /// Records the members of a team that is listed.
    pub(in crate::agent) fn team_listed(&mut self, users: &[User]) {
        let users: Vec<User> = users.iter().filter_map(|user| named(user.clone(), "")).collect();
        for user in &users {
            if self.team.members.get(&user.login_id).is_none_or(|known| !is_outdated(user, known)) {
                self.team.members.insert(user.login_id.clone(), user.clone());
            }
        }
        // So the switchboard knows for whom the supervisor may send commands.
        let members = users.iter().map(|user| user.login_id.clone()).collect();
        self.supervises(members);
    }

    /// The agent is a supervisor, and these are members of a team.
    pub(in crate::agent) fn supervises(&mut self, members: Vec<String>) {
        self.team.supervises = true;
        self.out.push(Output::Session(SessionChange::Supervises(members)));
    }

    /// The State event of a member, for the supervisor.
    pub(in crate::agent) fn member_state(&self, user: &User) -> Event {
        let state = render::state(user, &self.id, &[], &self.settings.zone);
        Event::State(State { team_agent_id: Some(user.login_id.clone()), ..state })
    }
}

/// The user with its login id. If Finesse does not send that, it is the end of the user's own path or of the
/// notification's source. `None` without any of these.
fn named(user: User, source: &str) -> Option<User> {
    let of_path = |path: &str| path.rsplit_once("/User/").map(|(_, id)| id.to_owned());
    let given = Some(user.login_id.clone()).filter(|id| !id.is_empty());
    let login_id = given.or_else(|| of_path(&user.uri)).or_else(|| of_path(source))?;
    (!login_id.is_empty()).then_some(User { login_id, ..user })
}

/// The team that a command subscribes.
fn team_to_subscribe(pending: &PendingCommand) -> Option<&str> {
    match pending.command() {
        Command::GetTeamUsers { team_id, subscribe: Some(true) } => Some(team_id),
        _ => None,
    }
}

/// Whether a listed member is older than the one known. A member without a time is not.
fn is_outdated(listed: &User, known: &User) -> bool {
    !listed.state_change_time.is_empty() && is_newer(&known.state_change_time, &listed.state_change_time)
}

#[cfg(test)]
mod tests;
