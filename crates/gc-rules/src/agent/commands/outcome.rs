//! How commands end: by their effect or by an error, exactly once.

use finesse_types::{Answer, Failure, Request, UserState};
use gc_events::{ErrorCode, ErrorEvent, Event, State};
use gc_protocol::Command;

use super::pending::{PendingCommand, signs_in};
use super::{Change, Dismissed, Effect};
use crate::agent::Agent;
use crate::agent::calls::Observation;
use crate::errors::error_of;
use crate::settings::Platform;
use crate::{AskId, ClientKey, CommandId, Outcome, Output, SessionChange, Timer, Verdict};

const STOPPED: &str =
    "The connector stopped before the outcome was known. Connect again and ask for the state.";

/// Why all commands end at once.
#[derive(Clone, Debug)]
pub(in crate::agent) enum Ending {
    /// The owner loses the agent; the commands end with this error.
    Lost(ErrorCode),
    /// The session is over.
    NoSession,
    /// The connector stops; their outcome is unknown.
    Stopped,
}

impl Agent {
    /// Ends all pending commands except one, and the owner's waiting commands unless that one is the owner's, too. All are
    /// removed first, so that none of them begins. Returns whether any was the owner's.
    pub(in crate::agent) fn dismiss_pending(&mut self, ending: &Ending, except: Option<&CommandId>) -> bool {
        let owner = self.out.owner().cloned();
        let kept = except.and_then(|id| self.commands.get(id)).map(PendingCommand::client).cloned();
        let dismissed = match kept.is_some() && kept == owner {
            true => self.commands.take_out_pending(except),
            false => self.commands.take_out(except, owner.as_ref()),
        };
        self.dismiss(dismissed, ending)
    }

    /// The same for all commands of all clients.
    pub(in crate::agent) fn dismiss_all(&mut self, ending: &Ending) {
        let dismissed = self.commands.take_out(None, None);
        self.dismiss(dismissed, ending);
    }

    fn dismiss(&mut self, dismissed: Vec<Dismissed>, ending: &Ending) -> bool {
        let any = dismissed.iter().any(|each| self.out.owner() == Some(&each.client));
        let signs = dismissed.iter().any(|each| signs_in(&each.command));
        for Dismissed { id, client, command, progress, attempt } in dismissed {
            for timer in
                [Timer::Deadline(id.clone()), Timer::ReadMember(id.clone()), Timer::CallControl(id.clone())]
            {
                self.out.stop_timer(timer);
            }
            let by_other_client = self.out.owner() != Some(&client);
            let error = match ending {
                Ending::Stopped => Some((ErrorCode::PleaseRetry, Some(STOPPED))),
                // A client that was connecting the agent does not know the session that ends.
                _ if by_other_client && matches!(command, Command::Connect { .. }) && !attempt.is_held() => {
                    Some((ErrorCode::UnableToSubscribeToFinesse, None))
                }
                Ending::Lost(code) => Some((code.clone(), None)),
                Ending::NoSession => None,
            };
            let Some((code, text)) = error else {
                let event = Event::State(State::re_login(&self.id));
                self.attempted(&client, attempt.verdict_of_session(&Outcome::NoSession));
                self.reject(id, client, event, Outcome::NoSession);
                continue;
            };
            let outcome = Outcome::Failed(code.clone());
            self.attempted(&client, attempt.verdict_of_session(&outcome));
            let text = text.map_or_else(|| code.message(), str::to_owned);
            let text = self.message_of(Some(&command), &code, text);
            let text = progress.into_iter().chain([text]).collect::<Vec<_>>().join(" ");
            let event = ErrorEvent::of_agent(code, &self.id).with_message(text);
            self.reject(id, client, Event::Error(event), outcome);
        }
        if signs {
            self.release_licence();
        }
        any
    }

    /// The result of a command's request: accepted, refused, or not answered.
    pub(in crate::agent) fn written(&mut self, id: &CommandId, ask: AskId, result: Result<Answer, Failure>) {
        let sent = self.commands.get(id).and_then(PendingCommand::awaited).filter(|sent| sent.ask == ask);
        let Some(sent) = sent else { return }; // Its effect came before the answer.
        let Err(failure) = result else { return self.accepted(id) };
        let (code, text) = error_of(&failure, &sent.request);
        let of_member = matches!(sent.effect, Effect::Member(..));
        if !failure.may_have_arrived() {
            return self.fail(id, code, text);
        }
        // A change is never sent again. A re-read decides whether it arrived.
        if let Some(pending) = self.commands.get_mut(id) {
            pending.note_doubt(code, text);
        }
        match of_member {
            true => self.read_member(id),
            false => self.decide(id),
        }
    }

    fn accepted(&mut self, id: &CommandId) {
        let Some(pending) = self.commands.get(id) else { return };
        let shown_by_others = pending.is_shown_by_others();
        let (only_awaited, effect) = (pending.is_only_awaited(), pending.effect().cloned());
        if let Command::Login { password, .. } | Command::MobileAgentLogin { password, .. } =
            pending.command()
        {
            let credentials = self.credentials_like_held(password);
            self.login_accepted(credentials);
        }
        let Some(effect) = effect.filter(|_| only_awaited) else { return };
        if matches!(effect, Effect::Member(..)) {
            return self.read_member(id);
        }
        // Finesse may not report a state that the agent is in already, so it is read at once.
        // UCCX never reports a pending state.
        let is_talking = self.session.user().is_some_and(|user| user.state == UserState::Talking);
        if self.settings.platform == Platform::Uccx && effect.may_be_pending() && is_talking {
            self.decide_with(id, true);
        } else if shown_by_others || self.is_effective_already(&effect) {
            self.reread_for_effect(id);
        }
    }

    /// Whether the state known so far shows the effect already.
    fn is_effective_already(&self, effect: &Effect) -> bool {
        let call = effect.dialog().filter(|_| effect.stays()).and_then(|id| self.calls.dialogs().get(id));
        match call {
            Some(call) => effect
                .is_met_by(&Change::Dialog { dialog: &call.dialog, observation: &Observation::default() }),
            None => self.session.user().is_some_and(|user| effect.is_met_by(&Change::of(user))),
        }
    }

    /// A re-read decides whether the command had its effect.
    pub(in crate::agent) fn decide(&mut self, id: &CommandId) {
        self.decide_with(id, false);
    }

    fn decide_with(&mut self, id: &CommandId, as_accepted: bool) {
        let Some(pending) = self.commands.get_mut(id) else { return };
        pending.decide(as_accepted);
        self.out.stop_timer(Timer::Deadline(id.clone()));
        self.reread(id);
    }

    /// Makes a re-read that may show the effect. If it does not, the command continues to wait.
    pub(in crate::agent) fn reread_for_effect(&mut self, id: &CommandId) {
        if self.commands.get_mut(id).is_some_and(PendingCommand::begin_reread) {
            self.reread(id);
        }
    }

    pub(in crate::agent) fn deadline_passed(&mut self, id: &CommandId) {
        let Some(pending) = self.commands.get_mut(id) else { return };
        let connects = matches!(pending.command(), Command::Connect { .. });
        if pending.is_preparing() {
            match connects {
                true => self.connect_took_too_long(id),
                false => self.fail_with(id, ErrorCode::PleaseRetry),
            }
        } else if pending.is_reread_meanwhile() {
            // The re-read that is under way decides.
            pending.decide(false);
        } else if pending.is_only_awaited() {
            match pending.effect() {
                Some(Effect::Member(..)) => self.member_took_too_long(id),
                _ => self.decide(id),
            }
        }
    }

    /// Ends a command that has its effect, or continues it with its second step.
    pub(in crate::agent) fn effect_observed(&mut self, id: &CommandId) {
        self.report_dropped_participant(id);
        self.note_desired_state(id);
        if !self.continue_force_logout(id) && !self.continue_callback(id) {
            self.finish(id);
        }
    }

    /// Ends a command with an error that has the code's own message.
    pub(in crate::agent) fn fail_with(&mut self, id: &CommandId, code: ErrorCode) {
        let text = code.message();
        self.fail(id, code, text);
    }

    /// Ends a command with an error. Its message begins with what was done already.
    pub(in crate::agent) fn fail(&mut self, id: &CommandId, code: ErrorCode, text: impl Into<String>) {
        let pending = self.commands.get(id);
        let text = self.message_of(pending.map(PendingCommand::command), &code, text.into());
        let text = match pending.and_then(PendingCommand::progress) {
            Some(progress) => format!("{progress} {text}"),
            None => text,
        };
        let event = ErrorEvent::of_agent(code.clone(), &self.id).with_message(text);
        self.answer(id, Event::Error(event));
        self.give_up_subscription(id);
        self.finish_as(id, Outcome::Failed(code));
    }

    /// Ends a command with the error for a failed request.
    pub(in crate::agent) fn fail_because(&mut self, id: &CommandId, failure: &Failure, request: &Request) {
        let (code, text) = error_of(failure, request);
        self.fail(id, code, text);
    }

    /// Emits an event to the client that sent the command.
    pub(in crate::agent) fn answer(&mut self, id: &CommandId, event: Event) {
        if let Some(client) = self.commands.get(id).map(|pending| pending.client().clone()) {
            self.out.answer(client, event, id.clone());
        }
    }

    /// Ends a command without a session: the client has to connect and log in again.
    pub(in crate::agent) fn end_without_session(&mut self, id: &CommandId) {
        self.answer(id, Event::State(State::re_login(&self.id)));
        self.finish_as(id, Outcome::NoSession);
    }

    /// Ends a command that has its effect, after its events.
    pub(in crate::agent) fn finish(&mut self, id: &CommandId) {
        self.finish_as(id, Outcome::Done);
    }

    fn attempted(&mut self, client: &ClientKey, verdict: Option<Verdict>) {
        let attempted = |verdict| SessionChange::Attempted { client: client.clone(), verdict };
        if let Some(change) = verdict.map(attempted) {
            self.out.push(Output::Session(change));
        }
    }

    fn finish_as(&mut self, id: &CommandId, outcome: Outcome) {
        let Some(pending) = self.commands.remove(id) else { return };
        self.out.stop_timer(Timer::Deadline(id.clone()));
        self.out.stop_timer(Timer::ReadMember(id.clone()));
        self.attempted(pending.client(), pending.attempt().verdict(&outcome));
        self.out.push(Output::Finished { id: id.clone(), outcome });
        if pending.is_call_control() {
            self.out.stop_timer(Timer::CallControl(id.clone()));
            self.start_next_call_control();
        }
        if signs_in(pending.command()) {
            self.release_licence();
        }
        if pending.is_set_up() {
            self.take_queued_behind_set_up();
        }
    }
}
