//! The day of agents, told as the notifications they get. Notation as in the project's notes on Finesse:
//! `U(state)` a user event, `P`/`T`/`D` POST, PUT and DELETE of a dialog with
//! `[call type, dialog state; address state, …]`, `E(type, message, data)` an error.

use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::xml::{LocalName, all_text, child_text};

/// A world with a clock that stands still, and what it said.
struct Day {
    world: World,
    timers: Vec<(Duration, Timer)>,
    heard: Vec<String>,
}

impl Day {
    fn on(platform: Platform) -> Self {
        let world = World::new(WorldFile::demo().unwrap(), platform, "localhost").unwrap();
        Self { world, timers: Vec::new(), heard: Vec::new() }
    }

    /// A UCCE day on which these agents signed on and were told so.
    fn with(agents: &[&str]) -> Self {
        let mut day = Self::on(Platform::Ucce);
        for agent in agents {
            day.sign_on(agent).unwrap();
        }
        day.heard.clear();
        day
    }

    fn after<R>(&mut self, change: impl FnOnce(&mut World) -> R) -> R {
        let result = change(self.world.at(Timestamp::UNIX_EPOCH));
        for effect in self.world.take_effects() {
            match effect {
                Effect::Wait(after, timer) => self.timers.push((after, timer)),
                Effect::Publish(notice) => self.heard.extend(tell(&notice)),
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
        let origin =
            Origin { user: user.to_owned(), request_id: String::new(), scope, source: String::new() };
        self.after(|world| world.request(origin, change))
    }

    fn sign_on(&mut self, user: &str) -> Result<(), Refusal> {
        self.sign_on_at(user, &user.replacen('1', "2", 1))
    }

    fn sign_on_at(&mut self, user: &str, extension: &str) -> Result<(), Refusal> {
        let request = SignOn { extension: extension.to_owned(), mobile: None };
        self.request(user, Scope::User, |world| world.sign_on(user, request))
    }

    fn state(&mut self, user: &str, state: &str) -> Result<(), Refusal> {
        self.state_for(user, state, None)
    }

    fn state_for(&mut self, user: &str, state: &str, reason: Option<&str>) -> Result<(), Refusal> {
        let (wish, reason) = (Wish::parse(state).unwrap(), reason.map(str::to_owned));
        let caller = Caller::User(user.to_owned());
        self.request(user, Scope::User, |world| world.change_state(&caller, user, wish, reason))
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

    fn ring_out(&mut self) {
        for (_, timer) in std::mem::take(&mut self.timers) {
            self.after(|world| world.wake(timer));
        }
    }

    #[track_caller]
    fn hears(&mut self, expected: &[&str]) {
        assert_eq!(std::mem::take(&mut self.heard), expected);
    }

    fn only_call(&self) -> String {
        assert_eq!(self.world.calls.len(), 1);
        self.world.calls.keys().next().unwrap().clone()
    }
}

/// A notification of a user's own node in one line; team nodes are left out.
fn tell(notice: &Notice) -> Option<String> {
    let Owner::User(owner) = &notice.owner else { return None };
    let document = roxmltree::Document::parse(&notice.update).unwrap();
    let find = |name: &str| document.descendants().find(|node| node.has_tag_name_any(name));
    let event = all_text(find("event").unwrap());
    let text = |name: &str| find(name).map(all_text).unwrap_or_default();
    let told = if find("apiErrors").is_some() {
        assert_eq!(event, "put");
        format!("E({}, {}, {})", text("errorType"), text("errorMessage"), text("errorData"))
    } else if let Some(user) = find("user") {
        assert_eq!(event, "PUT");
        let mut told = child_text(user, "state").unwrap();
        for (name, mark) in [("pendingState", "then"), ("label", "for")] {
            let value = text(name);
            if !value.is_empty() {
                told.push_str(&format!(" {mark} {value}"));
            }
        }
        format!("U({told})")
    } else {
        let dialog = find("Dialog").or_else(|| find("dialog")).unwrap();
        let parties = dialog.descendants().filter(|node| node.has_tag_name_any("Participant"));
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
    Some(format!("{owner} {told}"))
}

#[test]
fn a_queue_call_is_reserved_offered_answered_held_and_dropped() {
    let mut day = Day::with(&["1001"]);
    day.state("1001", "READY").unwrap();
    let call = day.customer("Sales");
    day.hears(&[
        "1001 U(READY)",
        "1001 U(RESERVED)",
        "1001 P[PREROUTE_ACD_IN, ALERTING; 5550100 INITIATED, 2001 ALERTING]",
    ]);
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.hears(&["1001 U(TALKING)", "1001 T[PREROUTE_ACD_IN, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE]"]);
    day.act("1001", &call, DialogAction::Hold).unwrap();
    day.hears(&["1001 T[PREROUTE_ACD_IN, ACTIVE; 5550100 ACTIVE, 2001 HELD]", "1001 U(HOLD)"]);
    day.act("1001", &call, DialogAction::Retrieve).unwrap();
    day.hears(&["1001 T[PREROUTE_ACD_IN, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE]", "1001 U(TALKING)"]);
    day.act("1001", &call, DialogAction::Drop).unwrap();
    day.hears(&[
        "1001 T[PREROUTE_ACD_IN, DROPPED; 5550100 DROPPED, 2001 DROPPED]",
        "1001 D[PREROUTE_ACD_IN, DROPPED; 5550100 DROPPED, 2001 DROPPED]",
        "1001 U(READY)",
    ]);
    assert!(day.world.calls.is_empty());
}

#[test]
fn a_required_wrap_up_keeps_the_dialog_until_the_agent_or_the_timer_ends_it() {
    for by_timer in [false, true] {
        let mut day = Day::with(&["1011"]);
        day.state("1011", "READY").unwrap();
        let call = day.customer("Support");
        day.act("1011", &call, DialogAction::Answer).unwrap();
        day.timers.clear();
        day.heard.clear();
        day.after(|world| world.hang_up(&call)).unwrap();
        day.hears(&[
            "1011 T[PREROUTE_ACD_IN, ACTIVE; 5550100 ACTIVE, 2011 WRAP_UP]",
            "1011 T[PREROUTE_ACD_IN, ACTIVE; 5550100 DROPPED, 2011 WRAP_UP]",
            "1011 U(WORK_READY)",
        ]);
        let data = CallData { wrap_up_reason: Some("Sale".into()), ..CallData::default() };
        day.act("1011", &call, DialogAction::UpdateCallData(data)).unwrap();
        day.hears(&["1011 T[PREROUTE_ACD_IN, ACTIVE; 5550100 DROPPED, 2011 WRAP_UP]"]);
        if by_timer {
            day.ring_out();
        } else {
            day.state("1011", "READY").unwrap();
        }
        day.hears(&["1011 D[PREROUTE_ACD_IN, DROPPED; 5550100 DROPPED, 2011 DROPPED]", "1011 U(READY)"]);
        assert!(day.world.calls.is_empty());
    }
}

#[test]
fn an_optional_wrap_up_is_asked_for_during_the_call() {
    let mut day = Day::with(&["1001"]);
    let call = day.customer("2001");
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.heard.clear();
    day.state("1001", "WORK").unwrap();
    day.hears(&["1001 U(TALKING then WORK)"]);
    day.after(|world| world.hang_up(&call)).unwrap();
    day.hears(&[
        "1001 T[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 WRAP_UP]",
        "1001 T[OTHER_IN, ACTIVE; 5550100 DROPPED, 2001 WRAP_UP]",
        "1001 U(WORK)",
    ]);
    day.state("1001", "NOT_READY").unwrap();
    day.hears(&["1001 D[OTHER_IN, DROPPED; 5550100 DROPPED, 2001 DROPPED]", "1001 U(NOT_READY)"]);
}

#[test]
fn nobody_answers_and_the_call_goes_to_the_next_agent() {
    let mut day = Day::with(&["1001", "1002"]);
    day.state("1001", "READY").unwrap();
    let call = day.customer("Sales");
    day.state("1002", "READY").unwrap();
    day.heard.clear();
    day.ring_out();
    day.hears(&[
        "1001 D[PREROUTE_ACD_IN, ALERTING; 5550100 INITIATED, 2001 DROPPED]",
        "1001 U(NOT_READY for Call Not Answered)",
        "1002 U(RESERVED)",
        "1002 P[PREROUTE_ACD_IN, ALERTING; 5550100 INITIATED, 2002 ALERTING]",
    ]);
    day.act("1002", &call, DialogAction::Answer).unwrap();
    day.heard.clear();
    day.ring_out();
    day.hears(&[]);
}

#[test]
fn a_call_waits_until_somebody_is_ready() {
    let mut day = Day::with(&["1001"]);
    let call = day.customer("8001");
    day.hears(&[]);
    assert!(day.world.call(&call).unwrap().waiting);
    day.state("1001", "READY").unwrap();
    day.hears(&[
        "1001 U(READY)",
        "1001 U(RESERVED)",
        "1001 P[PREROUTE_ACD_IN, ALERTING; 5550100 INITIATED, 2001 ALERTING]",
    ]);
}

#[test]
fn a_customer_abandons_while_ringing() {
    let mut day = Day::with(&["1001"]);
    day.state("1001", "READY").unwrap();
    let call = day.customer("Sales");
    day.heard.clear();
    day.after(|world| world.hang_up(&call)).unwrap();
    day.hears(&["1001 D[PREROUTE_ACD_IN, ALERTING; 5550100 INITIATED, 2001 DROPPED]", "1001 U(READY)"]);
    assert!(day.world.calls.is_empty());
    assert_eq!(day.after(|world| world.hang_up(&call)), Err(NoCall::Unknown(call)));
}

#[test]
fn a_call_to_a_customer_takes_a_ready_agent_out_and_is_answered_by_itself() {
    let mut day = Day::with(&["1001"]);
    day.state("1001", "READY").unwrap();
    day.heard.clear();
    day.dial("1001", "5550123").unwrap();
    day.hears(&[
        "1001 U(NOT_READY for Outgoing Call)",
        "1001 P[OUT, INITIATING; 2001 INITIATING]",
        "1001 T[OUT, INITIATED; 2001 INITIATED]",
        "1001 T[OUT, ALERTING; 2001 INITIATED, 5550123 ALERTING]",
        "1001 U(TALKING)",
    ]);
    day.ring_out();
    day.hears(&["1001 T[OUT, ACTIVE; 2001 ACTIVE, 5550123 ACTIVE]"]);
    let call = day.only_call();
    day.act("1001", &call, DialogAction::Drop).unwrap();
    day.hears(&[
        "1001 T[OUT, DROPPED; 2001 DROPPED, 5550123 DROPPED]",
        "1001 D[OUT, DROPPED; 2001 DROPPED, 5550123 DROPPED]",
        "1001 U(NOT_READY for Outgoing Call)",
    ]);
}

#[test]
fn busy_and_unknown_numbers_fail_and_can_only_be_dropped() {
    for (number, cause) in [("5550199", "BUSY"), ("12345", "BAD_DESTINATION")] {
        let mut day = Day::with(&["1001"]);
        day.dial("1001", number).unwrap();
        let failed = format!("1001 T[OUT, FAILED; 2001 FAILED {cause}]");
        day.hears(&[
            "1001 P[OUT, INITIATING; 2001 INITIATING]",
            "1001 T[OUT, INITIATED; 2001 INITIATED]",
            &failed,
            "1001 U(TALKING)",
        ]);
        let call = day.only_call();
        day.act("1001", &call, DialogAction::Hold).unwrap();
        day.hears(&["1001 E(Generic Error, INVALID_ACTION HOLD on extension 2001, 2001)"]);
        day.act("1001", &call, DialogAction::Drop).unwrap();
        assert!(day.world.calls.is_empty());
    }
}

#[test]
fn one_agent_calls_another() {
    let mut day = Day::with(&["1001", "1002"]);
    day.dial("1001", "2002").unwrap();
    day.hears(&[
        "1001 P[AGENT_INSIDE, INITIATING; 2001 INITIATING]",
        "1001 T[AGENT_INSIDE, INITIATED; 2001 INITIATED]",
        "1001 T[AGENT_INSIDE, ALERTING; 2001 INITIATED, 2002 ALERTING]",
        "1002 P[AGENT_INSIDE, ALERTING; 2001 INITIATED, 2002 ALERTING]",
        "1001 U(TALKING)",
    ]);
    let call = day.only_call();
    day.act("1002", &call, DialogAction::Answer).unwrap();
    day.hears(&[
        "1002 U(TALKING)",
        "1001 T[AGENT_INSIDE, ACTIVE; 2001 ACTIVE, 2002 ACTIVE]",
        "1002 T[AGENT_INSIDE, ACTIVE; 2001 ACTIVE, 2002 ACTIVE]",
    ]);
    day.act("1002", &call, DialogAction::Drop).unwrap();
    day.hears(&[
        "1001 T[AGENT_INSIDE, DROPPED; 2001 DROPPED, 2002 DROPPED]",
        "1002 T[AGENT_INSIDE, DROPPED; 2001 DROPPED, 2002 DROPPED]",
        "1001 D[AGENT_INSIDE, DROPPED; 2001 DROPPED, 2002 DROPPED]",
        "1001 U(NOT_READY)",
        "1002 D[AGENT_INSIDE, DROPPED; 2001 DROPPED, 2002 DROPPED]",
        "1002 U(NOT_READY)",
    ]);
}

#[test]
fn the_caller_gives_up_before_the_other_agent_answers() {
    let mut day = Day::with(&["1001", "1002"]);
    day.dial("1001", "2002").unwrap();
    day.heard.clear();
    let call = day.only_call();
    day.act("1002", &call, DialogAction::Drop).unwrap();
    day.hears(&["1002 E(Generic Error, INVALID_ACTION DROP on extension 2002, 2002)"]);
    day.act("1001", &call, DialogAction::Drop).unwrap();
    day.hears(&[
        "1002 D[AGENT_INSIDE, ALERTING; 2001 INITIATED, 2002 DROPPED]",
        "1001 T[AGENT_INSIDE, DROPPED; 2001 DROPPED, 2002 DROPPED]",
        "1001 D[AGENT_INSIDE, DROPPED; 2001 DROPPED, 2002 DROPPED]",
        "1001 U(NOT_READY)",
    ]);
}

#[test]
fn answering_a_second_call_puts_the_first_on_hold() {
    let mut day = Day::with(&["1001"]);
    let first = day.customer("1001");
    day.act("1001", &first, DialogAction::Answer).unwrap();
    let second = day.customer("2001");
    day.heard.clear();
    day.act("1001", &second, DialogAction::Answer).unwrap();
    day.hears(&[
        "1001 T[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 HELD]",
        "1001 T[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE]",
    ]);
    day.act("1001", &second, DialogAction::Drop).unwrap();
    day.hears(&[
        "1001 T[OTHER_IN, DROPPED; 5550100 DROPPED, 2001 DROPPED]",
        "1001 D[OTHER_IN, DROPPED; 5550100 DROPPED, 2001 DROPPED]",
        "1001 U(HOLD)",
    ]);
    day.act("1001", &first, DialogAction::Retrieve).unwrap();
    day.hears(&["1001 T[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE]", "1001 U(TALKING)"]);
}

#[test]
fn a_call_is_handed_over_and_comes_back_as_a_new_visit() {
    let mut day = Day::with(&["1001", "1002"]);
    let call = day.customer("1001");
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.heard.clear();
    day.after(|world| world.hand_over(&call, "1002")).unwrap();
    day.hears(&[
        "1001 D[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 DROPPED OTHER]",
        "1001 U(NOT_READY)",
        "1002 P[TRANSFER, ACTIVE; 5550100 ACTIVE, 2001 DROPPED OTHER, 2002 ALERTING]",
        "1002 T[TRANSFER, ACTIVE; 5550100 ACTIVE, 2002 ALERTING]",
    ]);
    day.act("1002", &call, DialogAction::Answer).unwrap();
    let gone = day.world.now;
    day.heard.clear();
    day.after(|world| world.hand_over(&call, "1001")).unwrap();
    day.hears(&[
        "1002 D[TRANSFER, ACTIVE; 5550100 ACTIVE, 2002 DROPPED OTHER]",
        "1002 U(NOT_READY)",
        "1001 P[TRANSFER, ACTIVE; 5550100 ACTIVE, 2002 DROPPED OTHER, 2001 ALERTING]",
        "1001 T[TRANSFER, ACTIVE; 5550100 ACTIVE, 2001 ALERTING]",
    ]);
    assert!(day.world.call(&call).unwrap().party("1001").unwrap().changed > gone);
}

#[test]
fn a_single_step_transfer_rings_at_the_other_agent() {
    let mut day = Day::with(&["1001", "1002"]);
    day.state("1002", "READY").unwrap();
    let call = day.customer("1001");
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.heard.clear();
    day.act("1001", &call, DialogAction::TransferSst("2002".into())).unwrap();
    day.hears(&[
        "1001 T[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 HELD]",
        "1001 P[AGENT_INSIDE, INITIATING; 2001 INITIATING]",
        "1001 T[AGENT_INSIDE, INITIATED; 2001 INITIATED]",
        "1001 D[TRANSFER, DROPPED; 2001 DROPPED OTHER]",
        "1001 D[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 DROPPED OTHER]",
        "1001 U(NOT_READY)",
        "1002 U(RESERVED)",
        "1002 P[TRANSFER, ACTIVE; 5550100 ACTIVE, 2001 DROPPED OTHER, 2002 ALERTING]",
        "1002 T[TRANSFER, ACTIVE; 5550100 ACTIVE, 2002 ALERTING]",
    ]);
    day.act("1002", &call, DialogAction::Answer).unwrap();
    day.hears(&["1002 U(TALKING)", "1002 T[TRANSFER, ACTIVE; 5550100 ACTIVE, 2002 ACTIVE]"]);
    day.after(|world| world.hang_up(&call)).unwrap();
    assert!(day.world.calls.is_empty());
}

/// 1001 talks to a customer and asks 1002, whose telephone rings.
fn consulting() -> (Day, String, String) {
    let mut day = Day::with(&["1001", "1002"]);
    let call = day.customer("1001");
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.heard.clear();
    day.act("1001", &call, DialogAction::ConsultCall("2002".into())).unwrap();
    day.hears(&[
        "1001 T[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 HELD]",
        "1001 P[AGENT_INSIDE, INITIATING; 2001 INITIATING]",
        "1001 T[AGENT_INSIDE, INITIATED; 2001 INITIATED]",
        "1001 T[AGENT_INSIDE, ALERTING; 2001 INITIATED, 2002 ALERTING]",
        "1002 P[CONSULT_OFFERED, ALERTING; 2001 INITIATED, 2002 ALERTING]",
        "1001 T[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 HELD]",
    ]);
    let leg = day.world.calls.keys().find(|id| **id != call).unwrap().clone();
    assert_eq!(day.world.call(&leg).unwrap().associated.as_deref(), Some(call.as_str()));
    (day, call, leg)
}

#[test]
fn a_consultation_ends_in_a_transfer() {
    let (mut day, call, leg) = consulting();
    day.act("1002", &leg, DialogAction::Answer).unwrap();
    day.heard.clear();
    day.act("1001", &call, DialogAction::Transfer).unwrap();
    day.hears(&[
        "1001 D[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 DROPPED OTHER]",
        "1002 D[TRANSFER, DROPPED; 2001 DROPPED OTHER, 2002 DROPPED OTHER]",
        "1001 D[TRANSFER, DROPPED; 2001 DROPPED OTHER, 2002 DROPPED OTHER]",
        "1001 U(NOT_READY)",
        "1002 P[TRANSFER, ACTIVE; 5550100 ACTIVE, 2001 DROPPED OTHER, 2002 ACTIVE]",
        "1002 T[TRANSFER, ACTIVE; 5550100 ACTIVE, 2002 ACTIVE]",
    ]);
    assert_eq!(day.world.call(&call).unwrap().secondary.as_deref(), Some(leg.as_str()));
    day.act("1002", &call, DialogAction::Drop).unwrap();
    assert!(day.world.calls.is_empty());
}

#[test]
fn a_transfer_before_the_answer_rings_on_as_the_call_itself() {
    let (mut day, call, _) = consulting();
    day.act("1001", &call, DialogAction::Conference).unwrap();
    day.hears(&["1001 E(Generic Error, INVALID_ACTION CONFERENCE on extension 2001, 2001)"]);
    day.act("1001", &call, DialogAction::Transfer).unwrap();
    assert_eq!(day.heard.last().unwrap(), "1002 T[TRANSFER, ACTIVE; 5550100 ACTIVE, 2002 ALERTING]");
    day.heard.clear();
    day.act("1002", &call, DialogAction::Answer).unwrap();
    day.hears(&["1002 U(TALKING)", "1002 T[TRANSFER, ACTIVE; 5550100 ACTIVE, 2002 ACTIVE]"]);
}

#[test]
fn a_consultation_becomes_a_conference_that_outlives_whoever_leaves() {
    let (mut day, call, leg) = consulting();
    day.act("1002", &leg, DialogAction::Answer).unwrap();
    day.heard.clear();
    day.act("1001", &call, DialogAction::Conference).unwrap();
    day.hears(&[
        "1002 D[TRANSFER, DROPPED; 2001 DROPPED OTHER, 2002 DROPPED OTHER]",
        "1001 D[TRANSFER, DROPPED; 2001 DROPPED OTHER, 2002 DROPPED OTHER]",
        "1001 T[CONFERENCE, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE, 2002 ACTIVE]",
        "1002 P[CONFERENCE, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE, 2002 ACTIVE]",
    ]);
    day.act("1001", &call, DialogAction::Drop).unwrap();
    day.hears(&[
        "1001 T[CONFERENCE, ACTIVE; 5550100 ACTIVE, 2001 DROPPED, 2002 ACTIVE]",
        "1002 T[CONFERENCE, ACTIVE; 5550100 ACTIVE, 2001 DROPPED, 2002 ACTIVE]",
        "1001 D[CONFERENCE, ACTIVE; 5550100 ACTIVE, 2001 DROPPED, 2002 ACTIVE]",
        "1001 U(NOT_READY)",
    ]);
    day.after(|world| world.hang_up(&call)).unwrap();
    assert!(day.world.calls.is_empty());
    assert_eq!(day.world.users["1002"].state, AgentState::NotReady);
}

#[test]
fn a_consultation_that_is_given_up_leads_back_to_the_held_call() {
    let (mut day, call, leg) = consulting();
    day.act("1001", &leg, DialogAction::Drop).unwrap();
    assert_eq!(day.heard.last().unwrap(), "1001 U(HOLD)");
    assert_eq!(day.act("1001", &call, DialogAction::Transfer), Ok(()));
    assert_eq!(
        day.heard.last().unwrap(),
        "1001 E(Generic Error, INVALID_ACTION TRANSFER on extension 2001, 2001)"
    );
    day.heard.clear();
    day.act("1001", &call, DialogAction::Retrieve).unwrap();
    day.hears(&["1001 T[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE]", "1001 U(TALKING)"]);
}

#[test]
fn calls_transferred_to_queues_wait_there_and_those_to_customers_are_gone() {
    let mut day = Day::with(&["1001", "1011"]);
    let call = day.customer("1001");
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.act("1001", &call, DialogAction::TransferSst("8002".into())).unwrap();
    day.heard.clear();
    day.state("1011", "READY").unwrap();
    day.hears(&[
        "1011 U(READY)",
        "1011 U(RESERVED)",
        "1011 P[PREROUTE_ACD_IN, ACTIVE; 5550100 ACTIVE, 2011 ALERTING]",
    ]);
    day.act("1011", &call, DialogAction::Answer).unwrap();
    day.act("1011", &call, DialogAction::TransferSst("5550155".into())).unwrap();
    assert!(day.world.calls.is_empty());
    assert_eq!(day.world.users["1011"].state, AgentState::WorkReady);
}

#[test]
fn a_transfer_to_where_nobody_is_leaves_the_call_as_it_was() {
    let mut day = Day::with(&["1001"]);
    let call = day.customer("1001");
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.heard.clear();
    for number in ["5550199", "12345"] {
        day.act("1001", &call, DialogAction::TransferSst(number.into())).unwrap();
        day.hears(&["1001 E(Call Operation Failure, CF_INVALID_DESTINATION, 14)"]);
    }
    assert!(matches!(
        day.act("1001", &call, DialogAction::TransferSst("2001".into())),
        Err(Refusal::Now(400, _))
    ));
    assert_eq!(day.only_call(), call);
}

#[test]
fn login_is_forced_and_restates_what_is() {
    let mut day = Day::with(&["1001"]);
    day.state("1001", "READY").unwrap();
    day.heard.clear();
    day.sign_on_at("1001", "2099").unwrap();
    day.hears(&["1001 U(READY)"]);
    assert_eq!(day.world.users["1001"].extension, "2001");
}

#[test]
fn wrong_and_busy_devices_are_refused_later_and_misspelt_ones_at_once() {
    let mut day = Day::with(&["1001"]);
    day.sign_on_at("1002", "7777").unwrap();
    day.hears(&["1002 E(Invalid Device, CF_INVALID_LOGON_DEVICE_SPECIFIED, 260)"]);
    day.sign_on_at("1002", "2001").unwrap();
    day.hears(&["1002 E(Device Busy, CF_SPECIFIED_EXTENSION_ALREADY_IN_USE, 283)"]);
    assert!(matches!(day.sign_on_at("1002", "20x1"), Err(Refusal::Now(400, _))));
    day.hears(&[]);
}

#[test]
fn reasons_are_ids_and_a_state_asked_for_during_a_call_follows_it() {
    let mut day = Day::with(&["1001"]);
    day.state_for("1001", "NOT_READY", Some("31")).unwrap();
    day.hears(&["1001 U(NOT_READY for Break)"]);
    assert!(matches!(day.state_for("1001", "NOT_READY", Some("101")), Err(Refusal::Now(400, _))));
    let call = day.customer("1001");
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.heard.clear();
    day.state("1001", "READY").unwrap();
    day.hears(&["1001 U(TALKING then READY)"]);
    day.state_for("1001", "NOT_READY", Some("32")).unwrap();
    day.hears(&["1001 U(TALKING then NOT_READY)"]);
    day.act("1001", &call, DialogAction::Drop).unwrap();
    assert_eq!(day.heard.last().unwrap(), "1001 U(NOT_READY for Lunch)");
    day.heard.clear();
    day.state_for("1001", "LOGOUT", Some("41")).unwrap();
    day.hears(&["1001 U(LOGOUT for End of Shift)"]);
    day.state("1001", "READY").unwrap();
    day.hears(&["1001 E(Invalid State, CF_INVALID_OBJECT_STATE, 22)"]);
}

#[test]
fn a_supervisor_changes_members_of_the_own_teams_only() {
    let mut day = Day::with(&["1001", "1011"]);
    day.state("1001", "READY").unwrap();
    day.heard.clear();
    let uma = Caller::User("1091".into());
    let mut ask = |member: &'static str, wish| {
        day.request("1091", Scope::User, |world| world.change_state(&uma, member, wish, None))
    };
    assert_eq!(ask("1011", Wish::Ready), Err(Refusal::not_supervised()));
    ask("1001", Wish::NotReady).unwrap();
    ask("1001", Wish::Logout).unwrap();
    day.hears(&["1001 U(NOT_READY for Supervisor Initiated)", "1001 U(LOGOUT for Supervisor Initiated)"]);
    let ann = Caller::User("1002".into());
    let outcome =
        day.request("1002", Scope::User, |world| world.change_state(&ann, "1011", Wish::Ready, None));
    assert_eq!(outcome, Err(Refusal::other_user()));
}

#[test]
fn an_agent_whose_presence_goes_is_taken_out_unless_it_comes_back() {
    let mut day = Day::with(&["1001"]);
    day.state("1001", "READY").unwrap();
    day.heard.clear();
    let mut lose = |returns: bool| {
        day.after(|world| world.set_present("1001", true));
        day.after(|world| world.set_present("1001", false));
        assert_eq!(day.timers.last().unwrap().0, Duration::from_secs(60));
        if returns {
            day.after(|world| world.set_present("1001", true));
        }
        day.ring_out();
        std::mem::take(&mut day.heard)
    };
    assert!(lose(true).is_empty());
    assert_eq!(lose(false), ["1001 U(NOT_READY for Connection Failure)"]);

    let mut uccx = Day::on(Platform::Uccx);
    uccx.sign_on("1001").unwrap();
    uccx.hears(&["1001 U(NOT_READY for Agent Logon)"]);
    uccx.after(|world| world.set_present("1001", true));
    uccx.after(|world| world.set_present("1001", false));
    uccx.ring_out();
    uccx.hears(&["1001 U(LOGOUT for Connection Failure)"]);
}

#[test]
fn five_wrong_passwords_lock_the_account_for_five_minutes() {
    let mut day = Day::on(Platform::Ucce);
    let mut at = |seconds: i64, password: &str| {
        let now = Timestamp::from_second(seconds).unwrap();
        day.world.at(now).sign_in("1001", password)
    };
    for second in 0..5 {
        assert_eq!(at(second, "wrong"), Err(Refusal::unauthorized("1001")));
    }
    assert_eq!(at(5, "demo"), Err(Refusal::locked()));
    assert_eq!(at(4 + 299, "demo"), Err(Refusal::locked()));
    assert_eq!(at(4 + 301, "demo"), Ok(Caller::User("1001".into())));
    for second in 400..404 {
        assert_eq!(at(second, "wrong"), Err(Refusal::unauthorized("1001")));
    }
    assert!(at(404, "demo").is_ok(), "the right password begins the count anew");
    assert!(at(405, "wrong").is_err());
    assert!(at(406, "demo").is_ok());
    assert_eq!(
        day.world.at(Timestamp::UNIX_EPOCH).sign_in("amira.haddad", "demo").unwrap(),
        Caller::User("1001".into())
    );
}

#[test]
fn out_of_service_finesse_is_silent_and_tells_everything_again_afterwards() {
    let mut day = Day::with(&["1001"]);
    let call = day.customer("1001");
    day.after(|world| world.set_in_service(false));
    day.heard.clear();
    day.act("1001", &call, DialogAction::Answer).unwrap();
    day.hears(&[]);
    day.after(|world| world.set_in_service(true));
    day.hears(&["1001 U(TALKING)", "1001 T[OTHER_IN, ACTIVE; 5550100 ACTIVE, 2001 ACTIVE]"]);
}

#[test]
fn timers_of_before_a_reset_do_nothing() {
    let mut day = Day::with(&["1001"]);
    day.dial("1001", "5550123").unwrap();
    day.after(World::reset);
    day.heard.clear();
    day.ring_out();
    day.hears(&[]);
    assert_eq!(day.world.users["1001"].state, AgentState::Logout);
}

#[test]
fn on_uccx_a_call_outside_the_queues_leaves_the_state_alone() {
    let mut day = Day::on(Platform::Uccx);
    day.sign_on("1001").unwrap();
    day.heard.clear();
    day.dial("1001", "5550123").unwrap();
    day.ring_out();
    let call = day.only_call();
    day.act("1001", &call, DialogAction::Hold).unwrap();
    day.act("1001", &call, DialogAction::Drop).unwrap();
    assert!(day.heard.iter().all(|told| !told.contains("U(")), "{:?}", day.heard);
}
