//! What a member asks Finesse for, as the ways to it carry it: HTTP/1.1 and WebSocket in plain text.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::{Recorder, What};
use crate::support::way::{Seen, Tap, Towards};

/// Of what was said last so much is looked through for the name of a stream's user.
const TAIL: usize = 4096;

/// On the way to the REST API.
pub(crate) struct Requests {
    recorder: Arc<Recorder>,
    member: String,
    connections: Mutex<BTreeMap<u64, Reader>>,
}

/// On the way to the notification service.
pub(crate) struct Streams {
    recorder: Arc<Recorder>,
    member: String,
    connections: Mutex<BTreeMap<u64, Stream>>,
}

#[derive(Default)]
struct Reader {
    bytes: Vec<u8>,
    /// So much of a body is still to come.
    body: usize,
}

#[derive(Default)]
struct Stream {
    tail: Vec<u8>,
    user: Option<String>,
    by_conflict: bool,
}

impl Requests {
    pub(crate) fn of(member: &str, recorder: &Arc<Recorder>) -> Arc<dyn Tap> {
        let (recorder, member) = (Arc::clone(recorder), member.to_owned());
        Arc::new(Self { recorder, member, connections: Mutex::default() })
    }
}

impl Streams {
    pub(crate) fn of(member: &str, recorder: &Arc<Recorder>) -> Arc<dyn Tap> {
        let (recorder, member) = (Arc::clone(recorder), member.to_owned());
        Arc::new(Self { recorder, member, connections: Mutex::default() })
    }
}

impl Tap for Requests {
    fn sees(&self, connection: u64, seen: Seen<'_>) {
        let mut connections = self.connections.lock().unwrap();
        match seen {
            Seen::Begins | Seen::Bytes(Towards::Client, _) => {}
            Seen::Ends => _ = connections.remove(&connection),
            Seen::Bytes(Towards::Server, bytes) => {
                let reader = connections.entry(connection).or_default();
                reader.bytes.extend_from_slice(bytes);
                while let Some((user, request)) = reader.next() {
                    // Without a user it is the node that is looked at, which each member does.
                    if let Some(user) = user {
                        self.recorder.notes(&self.member, What::Requested { user, request });
                    }
                }
            }
        }
    }
}

impl Reader {
    /// The next request whose head is complete: its user, and its first line.
    fn next(&mut self) -> Option<(Option<String>, String)> {
        let passed = self.body.min(self.bytes.len());
        self.bytes.drain(..passed);
        self.body -= passed;
        let end = (self.body == 0).then(|| find(&self.bytes, b"\r\n\r\n")).flatten()?;
        let head = String::from_utf8_lossy(&self.bytes[..end]).into_owned();
        self.bytes.drain(..end + 4);
        let (request, headers) = head.split_once("\r\n").unwrap_or((&head, ""));
        let header = |name: &str| {
            let of = |line: &str| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            };
            headers.lines().find_map(of)
        };
        self.body = header("content-length").map_or(0, |length| length.parse().unwrap());
        Some((
            header("authorization").as_deref().and_then(user),
            request.trim_end_matches(" HTTP/1.1").to_owned(),
        ))
    }
}

/// Of `Basic …`.
fn user(authorization: &str) -> Option<String> {
    let pair = BASE64_STANDARD.decode(authorization.strip_prefix("Basic ")?).ok()?;
    Some(String::from_utf8(pair).ok()?.split_once(':')?.0.to_owned())
}

impl Tap for Streams {
    fn sees(&self, connection: u64, seen: Seen<'_>) {
        let mut connections = self.connections.lock().unwrap();
        let notes = |what| self.recorder.notes(&self.member, what);
        match seen {
            Seen::Bytes(Towards::Server, _) => {}
            Seen::Begins => {
                connections.insert(connection, Stream::default());
                notes(What::StreamAsked { connection });
            }
            Seen::Ends => {
                let stream = connections.remove(&connection).unwrap_or_default();
                if let Some(user) = stream.user {
                    notes(What::StreamEnded { connection, user, by_conflict: stream.by_conflict });
                }
            }
            Seen::Bytes(Towards::Client, bytes) => {
                let Some(stream) = connections.get_mut(&connection) else { return };
                stream.tail.extend_from_slice(bytes);
                stream.by_conflict |= find(&stream.tail, b"<conflict").is_some();
                if stream.user.is_none()
                    && let Some(user) = bound(&stream.tail)
                {
                    stream.user = Some(user.clone());
                    notes(What::StreamOpened { connection, user });
                }
                let old = stream.tail.len().saturating_sub(TAIL);
                stream.tail.drain(..old);
            }
        }
    }
}

/// For whom the stream is bound: `<jid>1001@…`.
fn bound(bytes: &[u8]) -> Option<String> {
    let begins = find(bytes, b"<jid>")? + b"<jid>".len();
    let ends = find(&bytes[begins..], b"@")?;
    Some(String::from_utf8_lossy(&bytes[begins..begins + ends]).into_owned())
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(recorder: &Recorder) -> Vec<What> {
        recorder.take().into_iter().map(|record| record.what).collect()
    }

    #[test]
    fn each_request_of_a_user_is_seen_however_its_bytes_come() {
        let put = "PUT /finesse/api/User/1001 HTTP/1.1\r\nAuthorization: Basic MTAwMTpkZW1v\r\ncontent-length: 4\r\n\r\n\r\n\r\n";
        let look = "GET /finesse/api/SystemInfo HTTP/1.1\r\nhost: a\r\n\r\n";
        let all = [put, look, put].concat();
        for size in [1, 7, 1000] {
            let recorder = Arc::<Recorder>::default();
            let tap = Requests::of("a", &recorder);
            all.as_bytes().chunks(size).for_each(|piece| tap.sees(1, Seen::Bytes(Towards::Server, piece)));
            let request =
                What::Requested { user: "1001".to_owned(), request: "PUT /finesse/api/User/1001".to_owned() };
            assert_eq!(taken(&recorder), [request.clone(), request], "{size}");
        }
    }

    #[test]
    fn a_stream_is_seen_with_its_user_and_with_why_it_ended() {
        let user = || "1001".to_owned();
        for (says, by_conflict) in [("<conflict xmlns=''/>", true), ("", false)] {
            let recorder = Arc::<Recorder>::default();
            let tap = Streams::of("a", &recorder);
            tap.sees(5, Seen::Begins);
            for piece in ["<iq><bind><jid>10", "01@finesse/desktop</jid>", says] {
                tap.sees(5, Seen::Bytes(Towards::Client, piece.as_bytes()));
            }
            tap.sees(5, Seen::Ends);
            tap.sees(5, Seen::Ends);
            let expected = [
                What::StreamAsked { connection: 5 },
                What::StreamOpened { connection: 5, user: user() },
                What::StreamEnded { connection: 5, user: user(), by_conflict },
            ];
            assert_eq!(taken(&recorder), expected);
        }
    }
}
