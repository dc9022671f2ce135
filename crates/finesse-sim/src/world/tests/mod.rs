//! What agents do, and the notifications that they get. The notation is that of the project's notes on Finesse:
//! `U(state)` a user event, `P`/`T`/`D` POST, PUT and DELETE of a dialog with
//! `[call type, dialog state; address state, …]`, `E(type, message, data)` an error.

use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::xml::{LocalName, all_text, child_text};

mod calls;
mod campaigns;
mod nodes;
mod queues;
mod supervisors;
mod transfers;
mod uccx;
mod users;
mod work;

/// A world without a running clock, its timers, and the notifications it has published.
struct Day {
    world: World,
    timers: Vec<(Duration, Timer)>,
    notified: Vec<String>,
}

impl Day {
    fn on(platform: Platform) -> Self {
        let world = World::new(WorldFile::demo().unwrap(), platform, Sides::new("localhost", None)).unwrap();
        Self { world, timers: Vec::new(), notified: Vec::new() }
    }

    /// A UCCE world in which these agents are signed in.
    fn with(agents: &[&str]) -> Self {
        let mut day = Self::on(Platform::Ucce);
        for agent in agents {
            day.sign_on(agent).unwrap();
        }
        day.notified.clear();
        day
    }

    fn after<R>(&mut self, change: impl FnOnce(&mut World) -> R) -> R {
        let result = change(self.world.at(Timestamp::UNIX_EPOCH));
        for effect in self.world.take_effects() {
            match effect {
                Effect::Wait(after, timer) => self.timers.push((after, timer)),
                Effect::Publish(notice) => self.notified.extend(summary(&notice)),
            }
        }
        result
    }

    fn request(
        &mut self,
        user: &str,
        scope: Scope,
        change: impl FnOnce(&mut World) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let (user, requester) = (user.to_owned(), user.to_owned());
        let origin = Origin { user, requester, request_id: String::new(), scope, source: String::new() };
        self.after(|world| world.request(origin, change))
    }

    fn sign_on(&mut self, user: &str) -> Result<(), Refusal> {
        self.sign_on_at(user, &user.replacen('1', "2", 1))
    }

    fn sign_on_at(&mut self, user: &str, extension: &str) -> Result<(), Refusal> {
        let request = SignOn { extension: extension.to_owned(), mobile: None, device: None };
        self.request(user, Scope::User, |world| world.sign_on(user, request))
    }

    fn state(&mut self, user: &str, state: &str) -> Result<(), Refusal> {
        self.state_for(user, state, None)
    }

    fn state_for(&mut self, user: &str, state: &str, reason: Option<&str>) -> Result<(), Refusal> {
        let (requested, reason) = (RequestedState::parse(state).unwrap(), reason.map(str::to_owned));
        let caller = Caller::User(user.to_owned());
        self.request(user, Scope::User, |world| world.change_state(&caller, user, requested, reason))
    }

    fn customer(&mut self, to: &str) -> String {
        let request = CustomerCall { from: "5550100".to_owned(), to: to.to_owned(), variables: Vec::new() };
        self.after(|world| world.customer_calls(request)).unwrap()
    }

    fn dial(&mut self, user: &str, to: &str) -> Result<(), Refusal> {
        let from = self.world.users[user].extension.clone();
        let request = MakeCall { from, to: to.to_owned(), data: CallData::default() };
        self.request(user, Scope::Dialogs, |world| world.make_call(user, request))
    }

    fn act(&mut self, user: &str, call: &str, action: DialogAction) -> Result<(), Refusal> {
        let extension = self.world.users[user].extension.clone();
        self.request(user, Scope::Dialogs, |world| world.act(user, call, Some(&extension), action))
    }

    fn fire_timers(&mut self) {
        for (_, timer) in std::mem::take(&mut self.timers) {
            self.after(|world| world.wake(timer));
        }
    }

    fn fire_customer_timers(&mut self) {
        self.fire_timers_where(|what| matches!(what, Waiting::CustomerAnswers { .. }));
    }

    /// Fires these timers and returns their number.
    fn fire_timers_where(&mut self, these: impl Fn(&Waiting) -> bool) -> usize {
        let due: Vec<_> = self.timers.extract_if(.., |(_, timer)| these(&timer.what)).collect();
        let count = due.len();
        for (_, timer) in due {
            self.after(|world| world.wake(timer));
        }
        count
    }

    #[track_caller]
    fn expect(&mut self, expected: &[&str]) {
        assert_eq!(std::mem::take(&mut self.notified), expected);
    }

    /// The ids of all calls.
    fn calls(&self) -> Vec<String> {
        self.world.calls().map(|call| call.id.clone()).collect()
    }

    fn only_call(&self) -> String {
        let calls = self.calls();
        assert_eq!(calls.len(), 1);
        calls[0].clone()
    }

    fn other_call(&self, than: &str) -> String {
        self.calls().into_iter().find(|id| id != than).unwrap()
    }
}

/// A notification on a user's own node in one line; `None` for team nodes.
fn summary(notice: &Notice) -> Option<String> {
    let Owner::User(owner) = &notice.owner else { return None };
    let document = roxmltree::Document::parse(&notice.update).unwrap();
    let find = |name: &str| document.descendants().find(|node| node.has_local_name(name));
    let event = all_text(find("event").unwrap());
    let text = |name: &str| find(name).map(all_text).unwrap_or_default();
    let content = if find("apiErrors").is_some() {
        assert_eq!(event, "put");
        format!("E({}, {}, {})", text("errorType"), text("errorMessage"), text("errorData"))
    } else if let Some(user) = find("user") {
        assert_eq!(event, "PUT");
        let mut state = child_text(user, "state").unwrap();
        for (name, mark) in [("pendingState", "then"), ("label", "for")] {
            let value = text(name);
            if !value.is_empty() {
                state.push_str(&format!(" {mark} {value}"));
            }
        }
        format!("U({state})")
    } else if notice.node.ends_with("/Devices") {
        assert_eq!(event, "PUT");
        format!("D({})", text("deviceId"))
    } else {
        let dialog = find("Dialog").or_else(|| find("dialog")).unwrap();
        let parties = dialog.descendants().filter(|node| node.has_local_name("Participant"));
        let parties: Vec<String> = parties
            .map(|party| {
                let part = |name| child_text(party, name).unwrap();
                let cause = part("stateCause");
                let cause = if cause.is_empty() { cause } else { format!(" {cause}") };
                format!("{} {}{cause}", part("mediaAddress"), part("state"))
            })
            .collect();
        let letter = match event.as_str() {
            "POST" => "P",
            "PUT" => "T",
            "DELETE" => "D",
            other => panic!("event {other}"),
        };
        let state = child_text(dialog, "state").unwrap();
        format!("{letter}[{}, {state}; {}]", text("callType"), parties.join(", "))
    };
    Some(format!("{owner} {content}"))
}
