//! An XMPP server that answers too early, for the login that must not believe it.

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::select;

use crate::net::BUFFER;

const PING: &[u8] = b"<ping";

/// The answer to the ping that ends a login, as a server sends it over TCP.
const ANSWER: &[u8] = b"<iq type='result' id='presence'/>";

/// The same connection, but the first ping is answered when it is sent: the presence in front of it is still on its way, so what
/// is sent to the client until it arrives is lost.
pub(crate) fn answers(mut server: DuplexStream) -> DuplexStream {
    let (ours, mut client) = duplex(BUFFER);
    tokio::spawn(async move {
        let (mut up, mut down, mut is_answered) = (BytesMut::new(), BytesMut::new(), false);
        loop {
            // In a stated order, as everywhere; either may come first.
            let read = select! {
                biased;
                read = client.read_buf(&mut up) => read,
                read = server.read_buf(&mut down) => read,
            };
            if !is_answered && up.windows(PING.len()).any(|part| part == PING) {
                is_answered = true;
                down.extend_from_slice(ANSWER);
            }
            let given = (server.write_all_buf(&mut up).await, client.write_all_buf(&mut down).await);
            if !matches!((read, given), (Ok(1..), (Ok(()), Ok(())))) {
                return;
            }
        }
    });
    ours
}
