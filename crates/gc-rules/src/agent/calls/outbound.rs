//! Commands about a dialer's customer: the callback's time and number, and the classification of the call.

use finesse_types::Request;
use gc_events::{Event, Notice};
use gc_protocol::Command;

use crate::agent::Agent;
use crate::agent::commands::{Effect, PendingCommand};
use crate::{CommandId, Timer, render};

impl Agent {
    /// Reports that the dialog shows the callback or the classification, or the first half of a callback. The outcome and
    /// the text for the status bar come before the call's own event.
    pub(in crate::agent) fn report_on_customer(&mut self, id: &CommandId) {
        let outcome = self.commands.get(id).and_then(|pending| outcome(pending, &self.id));
        let Some((outcome, status)) = outcome else { return };
        let status = render::status_bar(status, &self.id);
        outcome.into_iter().chain([status]).for_each(|event| self.answer(id, event));
    }

    /// Finesse takes the time and the number of a callback in two requests. Returns whether the second one has been sent.
    pub(in crate::agent) fn continue_callback(&mut self, id: &CommandId) -> bool {
        let Some((dialog, time, number)) = self.commands.get(id).and_then(missing_number) else {
            return false;
        };
        if let Some(pending) = self.commands.get_mut(id) {
            let progress = format!("The callback's time was set to {time}, its number was not set.");
            pending.note_progress(progress);
        }
        self.out.start_timer(Timer::Deadline(id.clone()), self.settings.deadline);
        let (request, effect) = callback(&dialog, self.session.extension(), &time, Some(number));
        self.write(id, request, effect);
        true
    }
}

/// One half of a callback: the time, or the number after it.
pub(in crate::agent) fn callback(
    dialog: &str,
    extension: &str,
    time: &str,
    number: Option<String>,
) -> (Request, Effect) {
    let (dialog, time) = (dialog.to_owned(), time.to_owned());
    let request = Request::UpdateScheduledCallback {
        dialog: dialog.clone(),
        target: extension.to_owned(),
        time: number.is_none().then(|| time.clone()),
        number: number.clone(),
    };
    (request, Effect::Callback { dialog, time, number })
}

/// The dialog, time and number of a callback that has only its time yet.
fn missing_number(pending: &PendingCommand) -> Option<(String, String, String)> {
    let Some(Effect::Callback { dialog, time, number: None }) = pending.effect() else { return None };
    match pending.command() {
        Command::ScheduleCallback { number, .. } | Command::UpdateCallback { number, .. } => {
            Some((dialog.clone(), time.clone(), number.clone()))
        }
        _ => None,
    }
}

/// The outcome, once the dialog shows all of it, and the text for the status bar.
fn outcome(pending: &PendingCommand, agent_id: &str) -> Option<(Option<Event>, String)> {
    let data = match (pending.effect()?, pending.command()) {
        (Effect::Callback { time, number: None, .. }, _) => {
            return Some((None, format!("The callback's time is set to {time}.")));
        }
        (Effect::Callback { time, number: Some(number), .. }, Command::UpdateCallback { .. }) => {
            format!("Callback updated to {time}, {number}")
        }
        (Effect::Callback { time, number: Some(number), .. }, _) => {
            format!("Callback scheduled for {time}, {number}")
        }
        (Effect::NoCallback(_), _) => "Callback canceled".to_owned(),
        (Effect::Classified(_, class), _) => format!("The call is classified as {class}"),
        _ => return None,
    };
    let (status, agent_id) = (format!("{data}."), agent_id.to_owned());
    let outcome = match pending.command() {
        Command::ReclassifyCall { .. } => {
            Event::Reclassify(Notice { title: "RECLASSIFY".to_owned(), data, agent_id })
        }
        _ => Event::Callback(Notice { title: "CALLBACK".to_owned(), data, agent_id }),
    };
    Some((Some(outcome), status))
}

#[cfg(test)]
mod tests {
    use finesse_types::{
        Answer, Dialog, MediaProperties, Participant, Payload, ScheduledCallback, Update, UpdateEvent,
        UserState,
    };
    use gc_protocol::CommandName as Name;

    use super::*;
    use crate::agent::tests::{accept, asks, connected, emitted, send, user};
    use crate::{Input, Output, Settings};

    const SCHEDULE: &str = "2001,7,2026-12-01T10:00,5550124";

    /// A campaign's call with this callback; the number may still be missing.
    fn dialog(callback: Option<(&str, &str)>) -> Dialog {
        let own =
            Participant { media_address: "2001".into(), state: "ACTIVE".into(), ..Participant::default() };
        Dialog {
            id: "7".into(),
            state: "ACTIVE".into(),
            media: MediaProperties { call_type: "OUTBOUND".into(), ..MediaProperties::default() },
            participants: vec![own],
            scheduled_callback: callback
                .map(|(time, number)| ScheduledCallback { time: time.into(), number: number.into() }),
            ..Dialog::default()
        }
    }

    fn shows(agent: &mut Agent, callback: Option<(&str, &str)>) -> Vec<Output> {
        let payload = Payload::Dialog(Box::new(dialog(callback)));
        let update = Update { payload, event: UpdateEvent::Put, request_id: None, source: String::new() };
        agent.step(Input::Notified { item_id: None, update: Box::new(update) })
    }

    fn read(agent: &mut Agent, outputs: &[Output], callback: Option<(&str, &str)>) -> Vec<Output> {
        let [first, second] = asks(outputs)[..] else { panic!("no re-read in {outputs:?}") };
        agent.step(Input::Answered {
            ask: first,
            result: Ok(Answer::User(Box::new(user(UserState::Talking)))),
        });
        agent.step(Input::Answered { ask: second, result: Ok(Answer::Dialogs(vec![dialog(callback)])) })
    }

    /// The half that was sent: `2026-12-01T10:00 -` or `- 5550124`.
    fn sent(outputs: &[Output]) -> String {
        let sent = outputs.iter().find_map(|output| match output {
            Output::Ask { request: Request::UpdateScheduledCallback { time, number, .. }, .. } => {
                let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
                Some(format!("{} {}", shown(time), shown(number)))
            }
            _ => None,
        });
        sent.unwrap_or_default()
    }

    fn with_call(callback: Option<(&str, &str)>) -> Agent {
        let mut agent = connected(Settings::default(), UserState::Talking);
        shows(&mut agent, callback);
        agent
    }

    #[test]
    fn a_callback_command_ends_when_the_call_shows_the_callback() {
        let mut agent = with_call(None);
        assert_eq!(sent(&send(&mut agent, "c2", Name::ScheduleCallback, SCHEDULE)), "2026-12-01T10:00 -");
        assert!(emitted(&shows(&mut agent, Some(("2026-11-30T10:00", "")))).is_empty(), "the time differs");
        let half = shows(&mut agent, Some(("2026-12-01T10:00", "")));
        assert_eq!(emitted(&half), ["Control for c2", "InboundCall for c2"]);
        assert_eq!(sent(&half), "- 5550124");
        assert!(
            emitted(&shows(&mut agent, Some(("2026-12-01T10:00", "5550100")))).is_empty(),
            "the number differs"
        );
        let done = shows(&mut agent, Some(("2026-12-01T10:00", "5550124")));
        assert_eq!(emitted(&done), ["callback for c2", "Control for c2", "InboundCall for c2", "c2 ends"]);
        send(&mut agent, "c3", Name::CancelScheduledCallback, "2001,7");
        assert!(
            emitted(&shows(&mut agent, Some(("2026-12-01T10:00", "5550124")))).is_empty(),
            "the callback is still set"
        );
        let done = shows(&mut agent, None);
        assert_eq!(emitted(&done), ["callback for c3", "Control for c3", "InboundCall for c3", "c3 ends"]);
    }

    #[test]
    fn each_half_of_a_callback_has_its_own_deadline_and_the_error_says_what_was_set() {
        let mut agent = with_call(None);
        send(&mut agent, "c2", Name::ScheduleCallback, SCHEDULE);
        let deadline = || Input::TimerFired(Timer::Deadline("c2".into()));
        let reread = agent.step(deadline());
        let half = read(&mut agent, &reread, Some(("2026-12-01T10:00", "")));
        assert_eq!(emitted(&half), ["Control for c2", "InboundCall for c2"]);
        assert_eq!(sent(&half), "- 5550124");
        let started =
            |each: &Output| matches!(each, Output::StartTimer(Timer::Deadline(id), _) if id.as_str() == "c2");
        assert!(half.iter().any(started));
        let reread = agent.step(deadline());
        let end = read(&mut agent, &reread, Some(("2026-12-01T10:00", "")));
        assert_eq!(emitted(&end), ["Error PLEASE_RETRY for c2", "c2 ends"]);
        let message = |each: &Output| match each {
            Output::Emit { event: Event::Error(error), .. } => Some(error.message.clone()),
            _ => None,
        };
        let message = end.iter().find_map(message).unwrap();
        assert!(message.starts_with("The callback's time was set to 2026-12-01T10:00"), "{message}");
    }

    #[test]
    fn a_callback_that_is_set_already_is_read_and_finesse_decides_about_cancelling_none() {
        let mut agent = with_call(Some(("2026-12-01T10:00", "5550100")));
        let first = send(&mut agent, "c2", Name::UpdateCallback, SCHEDULE);
        let reread = accept(&mut agent, &first);
        let half = read(&mut agent, &reread, Some(("2026-12-01T10:00", "5550100")));
        assert_eq!(sent(&half), "- 5550124");

        let mut agent = with_call(None);
        let sent = send(&mut agent, "c2", Name::CancelScheduledCallback, "2001,7");
        assert!(accept(&mut agent, &sent).is_empty());
    }
}
