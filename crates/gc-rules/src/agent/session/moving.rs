//! The stream moves to another node: its successor is opened while it goes on.

use gc_events::ErrorCode;
use secrecy::ExposeSecret;

use crate::agent::Agent;
use crate::{Credentials, Output};

impl Agent {
    /// The stream's node is to be left. The session goes on meanwhile. With a token that has ended no other stream can be
    /// opened, so this one stays as long as it can: it says again that it is to move.
    pub(in crate::agent) fn move_stream(&mut self) {
        let Some(credentials) = self.session.credentials.clone() else { return };
        if !self.session.stream.is_open() {
            return;
        }
        if self.token_has_ended() {
            let _ = self.renew_token();
            return;
        }
        self.session.moves_with = Some(credentials.clone());
        self.out.push(Output::MoveStream(credentials));
    }

    /// The agent was never without a stream, so nothing needs to be restored. But the nodes do not send the same at the same
    /// time, so what one was late with may be missing.
    pub(in crate::agent) fn stream_moved(&mut self) {
        self.session.moves_with = None;
        self.resync.finesse_is_there();
        self.resync.request_after_move();
        self.subscribe_again();
        self.start_round();
    }

    /// A refused password ends the session; with an ended token it goes on, since its stream is open. Whether it was the
    /// successor that was refused.
    pub(super) fn successor_refused(&mut self) -> bool {
        let Some(used) = self.session.moves_with.take() else { return false };
        if !self.session.stream.is_open() {
            return false;
        }
        let secret = |credentials: &Credentials| credentials.password().expose_secret().to_owned();
        let is_held = self.session.credentials().is_some_and(|held| secret(held) == secret(&used));
        // Replaced meanwhile: the stream says again that it is to move.
        if is_held && !self.token_refused_by_successor() {
            self.password_refused(&ErrorCode::SubscriptionFailed);
        }
        true
    }
}
