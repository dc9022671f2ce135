//! Single sign-on: the session's token is renewed before it ends, and nothing is sent with one that has ended
//! (docs/sessions.md, "Single sign-on").

use std::time::Duration;

use finesse_types::{Answer, Failure, Token};
use gc_events::{ErrorCode, ErrorEvent, Event};
use gc_protocol::Command;
use secrecy::SecretString;

use super::Stream;
use crate::agent::Agent;
use crate::agent::in_flight::{Authority, PendingRequest, Purpose};
use crate::errors::{TOKEN_ENDED, for_token};
use crate::{AskId, Credentials, Delay, Output, Timer};

/// From a failed renewal to the next one, unless it was refused.
const RENEW_AGAIN: Duration = Duration::from_secs(30);

/// The session's token. With a password nothing of this is used.
#[derive(Debug, Default)]
pub(super) struct TokenWatch {
    state: TokenState,
    renewal: Renewal,
    /// The token of the client, if the held one was renewed from it: the client goes on using it.
    given: Option<SecretString>,
    /// Requests that wait for another token, or for the check whether it is the token's fault.
    parked: Vec<Parked>,
}

/// Whether Finesse accepts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum TokenState {
    /// As far as is known.
    #[default]
    Good,
    /// It was renewed, and Finesse has not accepted it yet. If it does not, it is not renewed again.
    Unproven,
    /// A request that needs a right was refused: a read checks whether the token is the reason.
    Checked,
    /// It has ended.
    Ended,
}

/// Its renewal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Renewal {
    /// None is under way.
    #[default]
    Possible,
    UnderWay(AskId),
    /// The service has refused it.
    Refused,
}

/// A request that is sent with the next token, and its failure if there is none.
#[derive(Debug)]
struct Parked {
    ask: AskId,
    request: PendingRequest,
    failure: Failure,
}

impl TokenWatch {
    fn has_ended(&self) -> bool {
        self.state == TokenState::Ended
    }

    /// Whether this was the token before the held one.
    pub(super) fn given(&self) -> Option<&SecretString> {
        self.given.as_ref()
    }
}

impl Agent {
    /// The credentials in a Connect.
    pub(in crate::agent) fn credentials_of(&self, secret: &SecretString, sso: bool) -> Credentials {
        use secrecy::ExposeSecret as _;
        match sso {
            true => Credentials::with_token(self.id.clone(), Token::read(secret.expose_secret())),
            false => Credentials::new(self.id.clone(), secret.clone()),
        }
    }

    /// The credentials in a Login, which are of the same kind as the session's.
    pub(in crate::agent) fn credentials_like_held(&self, secret: &SecretString) -> Credentials {
        let held = self.session.credentials();
        self.credentials_of(secret, held.is_some_and(|held| held.token().is_some()))
    }

    /// Whether these are the session's, and its token has ended: Finesse is not asked about them again.
    pub(in crate::agent) fn is_ended_token(&self, credentials: &Credentials) -> bool {
        self.session.token.has_ended() && self.session.holds(credentials)
    }

    /// Whether nothing is sent with the session's credentials now.
    pub(in crate::agent) fn token_has_ended(&self) -> bool {
        self.session.token.has_ended()
    }

    /// The session has another token, or a password: what waited for it goes on.
    pub(super) fn token_replaced(&mut self) {
        let TokenWatch { state, parked, .. } = std::mem::take(&mut self.session.token);
        self.send_parked(parked);
        if state == TokenState::Ended && self.session.stream.is_open() {
            self.reread_everything();
        }
    }

    /// Renews the held token, which a client has brought, when it is due. One whose life is not known is renewed at once, because its
    /// life is known then.
    pub(in crate::agent) fn watch_token(&mut self) {
        self.out.stop_timer(Timer::RenewToken);
        let Some(token) = self.session.credentials().and_then(Credentials::token) else { return };
        match token.due() {
            _ if !self.settings.renews_tokens => {}
            Some(due) => self.out.start_timer(Timer::RenewToken, due),
            None => _ = self.renew_token(),
        }
    }

    /// Asks the token service for another token, unless it is being asked or has refused. Whether it is being asked.
    pub(in crate::agent) fn renew_token(&mut self) -> bool {
        let credentials = self.session.credentials().filter(|held| held.token().is_some()).cloned();
        match (self.session.token.renewal, credentials) {
            (Renewal::UnderWay(_), _) => true,
            (Renewal::Possible, Some(credentials)) if self.settings.renews_tokens => {
                self.out.stop_timer(Timer::RenewToken);
                let ask = self.in_flight.add(Purpose::TokenRenewal, Authority::Other);
                self.session.token.renewal = Renewal::UnderWay(ask);
                self.out.push(Output::RenewToken { ask, credentials });
                true
            }
            _ => false,
        }
    }

    /// Time to renew the token. A service that did not answer while it was needed is asked again.
    pub(in crate::agent) fn token_is_due(&mut self) {
        let _ = self.renew_token();
    }

    pub(in crate::agent) fn token_renewed(&mut self, ask: AskId, result: Result<Token, Failure>) {
        self.in_flight.take(ask);
        if self.session.token.renewal != Renewal::UnderWay(ask) {
            return; // The client has brought another one meanwhile.
        }
        self.session.token.renewal = Renewal::Possible;
        match result {
            Ok(token) => self.hold_renewed(token),
            Err(failure) => {
                // A refusal of the renewal is no refusal of the token, which may be used as long as it lives.
                if failure.is_refused_renewal() {
                    self.session.token.renewal = Renewal::Refused;
                } else {
                    self.out.start_timer(Timer::RenewToken, Delay::jittered(RENEW_AGAIN));
                }
                if self.session.token.has_ended() {
                    self.token_is_over();
                }
            }
        }
    }

    fn hold_renewed(&mut self, token: Token) {
        let Some(held) = self.session.credentials() else { return };
        let Some(before) = held.token().cloned() else { return };
        let given = self.session.token.given.take().unwrap_or_else(|| before.value().clone());
        let token = token.or_refresh_of(&before);
        let due = token.due_again();
        self.replace_credentials(Credentials::with_token(self.id.clone(), token));
        self.session.token.given = Some(given);
        self.session.token.state = TokenState::Unproven;
        if let Some(due) = due {
            self.out.start_timer(Timer::RenewToken, due);
        }
    }

    /// Finesse has accepted a request with the held token.
    pub(in crate::agent) fn token_accepted(&mut self) {
        if self.session.token.state == TokenState::Unproven {
            self.session.token.state = TokenState::Good;
        }
    }

    /// A request with the session's token was refused, and waits for what that means. It is given back if it is decided
    /// already.
    pub(in crate::agent) fn park(
        &mut self,
        ask: AskId,
        request: PendingRequest,
        failure: Failure,
    ) -> Option<(PendingRequest, Failure)> {
        if self.session.credentials().and_then(Credentials::token).is_none() || request.is_repeated() {
            return Some((request, failure));
        }
        let authority = request.authority;
        let parked = Parked { ask, request, failure };
        if self.session.held_another_at(ask) {
            // It was on its way with an earlier token.
            self.send_parked(vec![parked]);
            return None;
        }
        match (self.session.token.state, authority) {
            (_, Authority::Other) | (TokenState::Unproven, Authority::Session) => {
                return Some((parked.request, parked.failure));
            }
            (TokenState::Ended, _) => self.session.token.parked.push(parked),
            (_, Authority::Session) => {
                self.session.token.parked.push(parked);
                self.token_ended();
            }
            (state, Authority::SessionWithRight) => {
                self.session.token.parked.push(parked);
                if state != TokenState::Checked {
                    self.session.token.state = TokenState::Checked;
                    self.ask(self.own_user(), Purpose::PasswordRecheck);
                }
            }
        }
        None
    }

    /// A request that is not sent, because the token has ended.
    pub(in crate::agent) fn park_unsent(&mut self, ask: AskId) {
        if let Some(request) = self.in_flight.take(ask) {
            self.session.token.parked.push(Parked { ask, request, failure: Failure::TokenEnded });
        }
    }

    /// The read that checks the token was answered. What was refused was refused for another reason.
    pub(in crate::agent) fn token_checked(&mut self) {
        if self.session.token.state == TokenState::Checked {
            self.session.token.state = TokenState::Good;
            for Parked { ask, request, failure } in std::mem::take(&mut self.session.token.parked) {
                self.settle(ask, request.purpose, Err(failure));
            }
        }
    }

    fn token_ended(&mut self) {
        self.session.token.state = TokenState::Ended;
        if !self.renew_token() {
            self.token_is_over();
        }
    }

    /// The stream cannot be opened with the held token. False if that is final.
    pub(super) fn token_refused_by_stream(&mut self) -> bool {
        let is_renewable = match self.session.token.state {
            TokenState::Unproven => false,
            TokenState::Ended | TokenState::Good | TokenState::Checked => self.renew_token(),
        };
        if is_renewable {
            self.session.token.state = TokenState::Ended;
            self.session.stream = Stream::Lost { failures: 0 };
        }
        is_renewable
    }

    /// The stream's successor cannot be opened with the held token, and the stream goes on. False if there is no token.
    pub(super) fn token_refused_by_successor(&mut self) -> bool {
        if self.session.credentials().and_then(Credentials::token).is_none() {
            return false;
        }
        match self.session.token.state {
            TokenState::Ended => {}
            TokenState::Good | TokenState::Checked => self.token_ended(),
            TokenState::Unproven => {
                self.session.token.state = TokenState::Ended;
                self.token_is_over();
            }
        }
        true
    }

    /// There is no other token now. The client learns it, and may bring one.
    fn token_is_over(&mut self) {
        if !self.session.stream.is_open() {
            // Without a token it cannot be opened again.
            return self.password_refused(&ErrorCode::Unauthorized);
        }
        let error = ErrorEvent::of_agent(ErrorCode::Unauthorized, &self.id).with_message(TOKEN_ENDED);
        self.out.emit(Event::Error(error), None);
    }

    /// What is said of this error: whoever has a token is not asked for a password. `command`: the one that fails.
    pub(in crate::agent) fn message_of(
        &self,
        command: Option<&Command>,
        code: &ErrorCode,
        text: String,
    ) -> String {
        let has_token = match command {
            Some(Command::Connect { sso, .. }) => *sso,
            _ => self.session.sso,
        };
        if has_token { for_token(code, text) } else { text }
    }

    /// Ends what waits for a token that nobody gets; at the end of each step, because it may be asked for in the middle of
    /// a rule.
    pub(in crate::agent) fn settle_parked(&mut self) {
        while self.session.token.has_ended() && !matches!(self.session.token.renewal, Renewal::UnderWay(_)) {
            let parked = std::mem::take(&mut self.session.token.parked);
            if parked.is_empty() {
                return;
            }
            for Parked { ask, request, .. } in parked {
                let result: Result<Answer, Failure> = Err(Failure::TokenEnded);
                self.settle(ask, request.purpose, result);
            }
        }
    }

    /// Sends requests with the held credentials, each for the last time.
    fn send_parked(&mut self, parked: Vec<Parked>) {
        let Some(credentials) = self.session.credentials().cloned() else { return };
        for Parked { ask, request: pending, .. } in parked {
            let Some((repeated, request, request_id)) = pending.repeat() else { continue };
            self.in_flight.add_again(ask, repeated);
            self.out.push(Output::Ask { ask, request, credentials: credentials.clone(), request_id });
        }
    }
}

#[cfg(test)]
mod tests;
