//! Connect, the notification stream, and the owner of the agent (docs/sessions.md).

use std::time::Duration;

use finesse_types::{Answer, Failure, UserState};
use gc_events::{CfCode, ConnectStatus, ErrorCode, ErrorEvent, Event, State};
use gc_protocol::Command;

use crate::agent::Agent;
use crate::agent::commands::Ending;
use crate::agent::in_flight::{Authority, Purpose};
use crate::errors::{TOKEN_ENDED, error_of};
use crate::{ClientKey, CommandId, Credentials, Delay, Output, SessionChange, StreamEnd, StreamFault, Timer};

const LOCKED: ErrorCode = ErrorCode::Cf(CfCode::AgentAccountLockedOut);

/// The shortest time that a connected agent has to log in before its session ends.
const TIME_TO_LOG_IN: Duration = Duration::from_secs(60);

/// The notification stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stream {
    /// There is none.
    #[default]
    Closed,
    /// It is being opened.
    Opening,
    /// It is open. `failures`: the failed attempts so far, which still count if it is lost again soon.
    Open { failures: u32 },
    /// It was lost. `failures`: the failed attempts to open it again.
    Lost { failures: u32 },
}

impl Stream {
    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Open { .. })
    }
}

impl Agent {
    /// The first Connect checks the password by opening the stream. During a session the held password needs no check, and
    /// any other is checked by a GET, so that a refusal does not touch the session.
    pub(super) fn connect_with(&mut self, id: &CommandId, credentials: Credentials) {
        let held = self.session.holds(&credentials);
        // The client may not know yet that its token was renewed.
        let credentials = self.session.credentials().filter(|_| held).cloned().unwrap_or(credentials);
        if held && self.session.stream.is_open() {
            self.connected(id);
        } else if !held && self.session.credentials().is_some() {
            self.send(credentials, Authority::Other, self.own_user(), Purpose::Password(id.clone()));
        } else {
            self.out.stop_timer(Timer::Reconnect);
            self.open_stream(credentials);
        }
    }

    fn open_stream(&mut self, credentials: Credentials) {
        self.session.stream = Stream::Opening;
        self.out.push(Output::OpenStream(credentials));
    }

    /// The pending Connect and its credentials.
    fn connecting(&self) -> Option<(CommandId, Credentials)> {
        self.commands.iter().find_map(|pending| match pending.command() {
            Command::Connect { password, sso, .. } => {
                Some((pending.id().clone(), self.credentials_of(password, *sso)))
            }
            _ => None,
        })
    }

    pub(in crate::agent) fn password_checked(&mut self, id: &CommandId, result: Result<Answer, Failure>) {
        match result {
            Ok(_) if self.session.stream.is_open() => self.connected(id),
            // The agent is connected once the lost stream is open again.
            Ok(_) => {
                if let Some((_, credentials)) = self.connecting() {
                    self.out.stop_timer(Timer::Reconnect);
                    self.open_stream(credentials);
                }
            }
            Err(failure) => match (error_of(&failure, &self.own_user()), failure) {
                ((LOCKED, text), _) => self.fail(id, LOCKED, text),
                (_, Failure::Refused { status: 401, .. }) => {
                    self.fail_with(id, ErrorCode::SubscriptionFailed)
                }
                _ => self.fail_with(id, ErrorCode::UnableToSubscribeToFinesse),
            },
        }
    }

    pub(in crate::agent) fn stream_opened(&mut self) {
        let failures = match self.session.stream {
            Stream::Lost { failures } => failures.saturating_add(1),
            _ => 0,
        };
        // Opened with the password of a Connect, and not with the session's own.
        let for_connect = self.session.stream == Stream::Opening;
        self.session.stream = Stream::Open { failures };
        self.token_accepted();
        self.resync.finesse_is_there();
        self.out.start_timer(Timer::Steady, self.settings.reconnect_max);
        self.resync.request();
        if let Some((id, _)) = self.connecting().filter(|_| for_connect) {
            // A Login that waits for it shares this re-read.
            self.connected(&id);
        }
        self.subscribe_again();
        self.start_round();
    }

    /// The password is correct and the stream is open: the client of the Connect owns the agent.
    fn connected(&mut self, id: &CommandId) {
        let Some((_, credentials)) = self.connecting() else { return };
        let Some(client) = self.commands.get(id).map(|pending| pending.client().clone()) else { return };
        self.hold(credentials);
        if self.out.owner() != Some(&client) {
            self.hand_over(id, client.clone());
            self.out.push(Output::Session(SessionChange::Owned(client)));
        }
        if !self.session.signed_in {
            let time_to_log_in = self.settings.keep_signed_out.max(TIME_TO_LOG_IN);
            self.out.start_timer(Timer::Forget, time_to_log_in);
        }
        self.answer(id, Event::ConnectStatus(ConnectStatus::success()));
        self.finish(id);
    }

    /// Ends the session for the previous owner. Everything is reported again to the new one.
    fn hand_over(&mut self, by: &CommandId, to: ClientKey) {
        if self.out.owner().is_some() {
            self.invalidate(Some(by));
            self.session.last_emitted = None;
            self.forget_team();
            self.calls.clear();
            self.resync();
        }
        self.out.set_owner(Some(to));
    }

    /// The owner loses the agent, and gets State LOGOUT, then Error SESSION_INVALIDATED.
    fn invalidate(&mut self, by: Option<&CommandId>) {
        self.session.deferred_logout = None;
        let state = State {
            state: UserState::Logout.to_string(),
            reason_code: String::new(),
            pending_state: String::new(),
            label: String::new(),
            extension: String::new(),
            ..self
                .session
                .last_emitted
                .clone()
                .unwrap_or_else(|| State { agent_id: self.id.clone(), ..State::default() })
        };
        self.out.emit(Event::State(state), None);
        self.end_pending(&ErrorCode::SessionInvalidated, by);
    }

    /// Ends every pending command but one with the error. Without a pending command the error is emitted as well.
    fn end_pending(&mut self, code: &ErrorCode, except: Option<&CommandId>) {
        if !self.dismiss_pending(&Ending::Lost(code.clone()), except) {
            let text = self.message_of(None, code, code.message());
            let error = ErrorEvent::of_agent(code.clone(), &self.id).with_message(text);
            self.out.emit(Event::Error(error), None);
        }
    }

    /// Finesse does not accept the password any more. It is never tried again, so the session ends. A Connect with another
    /// password goes on, as the first one of a new session.
    pub(in crate::agent) fn password_refused(&mut self, code: &ErrorCode) {
        let connecting = self.connecting_with_another().map(|pending| pending.id().clone());
        self.out.emit(Event::State(State::re_login(&self.id)), None);
        self.end_pending(code, connecting.as_ref());
        match connecting {
            Some(connect) => self.start_over(&connect),
            None => self.end_session(),
        }
    }

    /// A Connect took too long. An existing session continues with its own password.
    pub(in crate::agent) fn connect_took_too_long(&mut self, id: &CommandId) {
        if self.out.owner().is_some() && !self.session.stream.is_open() {
            self.out.push(Output::CloseStream);
            self.stream_lost(0);
        }
        self.fail_with(id, ErrorCode::UnableToSubscribeToFinesse);
    }

    pub(in crate::agent) fn stream_failed(&mut self, fault: StreamFault) {
        if fault == StreamFault::Conflict {
            return self.stream_ended(StreamEnd::Conflict);
        }
        let refused = fault == StreamFault::Refused;
        if refused && self.successor_refused() {
            return;
        }
        let code =
            if refused { ErrorCode::SubscriptionFailed } else { ErrorCode::UnableToSubscribeToFinesse };
        let for_connect = self.session.stream == Stream::Opening;
        match (self.connecting().filter(|_| for_connect), self.out.owner().cloned()) {
            // It is the session's own password, too.
            (Some((id, credentials)), Some(_)) if refused && self.session.holds(&credentials) => {
                match self.token_refused_by_stream() {
                    true => self.fail(&id, code, TOKEN_ENDED),
                    false => self.password_refused(&code),
                }
            }
            (Some((id, _)), None) => {
                self.session.stream = Stream::Closed;
                self.fail_with(&id, code);
            }
            // Another client owns the agent: the Connect fails, the session continues.
            (Some((id, _)), Some(_)) => {
                self.fail_with(&id, code);
                self.stream_lost(0);
            }
            (None, _) if refused => {
                if !self.token_refused_by_stream() {
                    self.password_refused(&code);
                }
            }
            (None, _) => match self.session.stream {
                Stream::Lost { failures } => self.stream_lost(failures.saturating_add(1)),
                _ => self.stream_lost(1),
            },
        }
    }

    pub(in crate::agent) fn stream_ended(&mut self, end: StreamEnd) {
        match end {
            // Another session of the agent replaced the stream, so it is not opened again.
            StreamEnd::Conflict => {
                self.invalidate(None);
                self.end_session();
            }
            // A stream that is lost soon after it was opened does not reset the pause.
            StreamEnd::Lost => {
                let failures = if let Stream::Open { failures } = self.session.stream { failures } else { 0 };
                self.link_lost();
                self.stream_lost(failures);
            }
        }
    }

    pub(in crate::agent) fn stream_is_steady(&mut self) {
        if self.session.stream.is_open() {
            self.session.stream = Stream::Open { failures: 0 };
        }
    }

    /// Opens the stream after a restart, which closed the one before.
    pub(in crate::agent) fn reopen_stream(&mut self) {
        self.link_lost();
        self.session.stream = Stream::Lost { failures: 0 };
        self.open_stream_again();
    }

    /// Opens the stream again after a pause that doubles with every failure. This is not gc-net's `Backoff`, which chooses the
    /// jitter itself: here that is left to the program that runs the timer.
    fn stream_lost(&mut self, failures: u32) {
        self.session.stream = Stream::Lost { failures };
        let pause = self.settings.reconnect_first.saturating_mul(1 << failures.min(16));
        let pause = pause.min(self.settings.reconnect_max);
        self.out.start_timer(Timer::Reconnect, Delay::jittered(pause));
    }

    /// Opens a lost stream before the pause is over.
    pub(in crate::agent) fn open_lost_stream(&mut self) {
        if matches!(self.session.stream, Stream::Lost { .. }) {
            self.out.stop_timer(Timer::Reconnect);
            self.open_stream_again();
        }
    }

    pub(in crate::agent) fn open_stream_again(&mut self) {
        let lost = matches!(self.session.stream, Stream::Lost { .. });
        if lost && self.token_has_ended() {
            // With another one it is opened at once.
            if !self.renew_token() {
                self.password_refused(&ErrorCode::Unauthorized);
            }
        } else if let Some(credentials) = self.session.credentials.clone().filter(|_| lost) {
            self.out.push(Output::OpenStream(credentials));
        }
    }
}

#[cfg(test)]
mod tests;
