//! A notification service on plain TCP that logs everybody in, and then says whatever the test wants.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::soon;

const STREAM: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
    xmlns:stream='http://etherx.jabber.org/streams' id='s1' from='localhost' version='1.0'>";
const PLAIN: &str = "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
    <mechanism>PLAIN</mechanism></mechanisms></stream:features>";
const BIND: &str = "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>";

pub(crate) struct XmppPeer {
    pub(crate) url: String,
    streams: mpsc::UnboundedReceiver<Peer>,
    _listening: AbortOnDropHandle<()>,
}

/// One stream, from the moment when the other side is logged in.
pub(crate) struct Peer {
    say: mpsc::UnboundedSender<Vec<u8>>,
    ended: AbortOnDropHandle<String>,
}

impl XmppPeer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("xmpp://{}", listener.local_addr().unwrap());
        let (logged_in, streams) = mpsc::unbounded_channel();
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (say, said) = mpsc::unbounded_channel();
                let (ready, is_ready) = tokio::sync::oneshot::channel();
                let ended = AbortOnDropHandle::new(tokio::spawn(serve(stream, said, ready)));
                let logged_in = logged_in.clone();
                tokio::spawn(async move {
                    if is_ready.await.is_ok() {
                        _ = logged_in.send(Peer { say, ended });
                    }
                });
            }
        });
        Self { url, streams, _listening: AbortOnDropHandle::new(listening) }
    }

    /// The next stream that somebody logged in on.
    pub(crate) async fn stream(&mut self) -> Peer {
        soon("a stream", self.streams.recv()).await.unwrap()
    }
}

impl Peer {
    pub(crate) fn say(&self, bytes: impl Into<Vec<u8>>) {
        self.say.send(bytes.into()).unwrap();
    }

    /// Publishes this text as Finesse does: escaped, in an item of a node.
    pub(crate) fn publish(&self, payload: &str) {
        let payload = payload.replace('&', "&amp;").replace('<', "&lt;");
        self.say(format!(
            "<message from='pubsub.localhost' to='1001@localhost/gc'>\
             <event xmlns='http://jabber.org/protocol/pubsub#event'><items node='/finesse/api/User/1001'>\
             <item id='{}'><notification xmlns='http://jabber.org/protocol/pubsub'>{payload}</notification></item>\
             </items></event></message>",
            payload.len()
        ));
    }

    /// All that the other side said, once it has hung up.
    pub(crate) async fn ended(self) -> String {
        soon("the end of the stream", self.ended).await.unwrap()
    }
}

async fn serve(
    mut stream: TcpStream,
    mut said: mpsc::UnboundedReceiver<Vec<u8>>,
    ready: tokio::sync::oneshot::Sender<()>,
) -> String {
    let (mut heard, mut answered) = (String::new(), 0);
    let (mut ready, mut logged_in) = (Some(ready), false);
    let mut buffer = [0; 4096];
    loop {
        tokio::select! {
            // An end that has arrived comes before what is still to be said.
            biased;
            read = stream.read(&mut buffer) => match read {
                Ok(count) if count > 0 => heard.push_str(std::str::from_utf8(&buffer[..count]).unwrap()),
                _ => return heard,
            },
            Some(bytes) = said.recv() => {
                // Who has heard enough hangs up: that is read above.
                _ = stream.write_all(&bytes).await;
            }
        }
        while let Some(length) = heard[answered..].find('>').map(|end| end + 1) {
            let tag = heard[answered..answered + length].to_owned();
            answered += length;
            let answer = match tag.trim_start() {
                tag if tag.contains("<stream:stream") && logged_in => format!("{STREAM}{BIND}"),
                tag if tag.contains("<stream:stream") => format!("{STREAM}{PLAIN}"),
                "</stream:stream>" => "</stream:stream>".to_owned(),
                tag if tag.starts_with("<auth") => {
                    logged_in = true;
                    "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>".to_owned()
                }
                tag if tag.starts_with("<iq") => result(tag),
                tag if tag.starts_with("<presence") => {
                    ready.take().into_iter().for_each(|ready| _ = ready.send(()));
                    String::new()
                }
                _ => String::new(),
            };
            _ = stream.write_all(answer.as_bytes()).await;
        }
    }
}

/// The good answer to any request; the jid is for those that bind.
fn result(iq: &str) -> String {
    let (_, rest) = iq.split_once("id=").unwrap();
    let id = rest[1..].split(['\'', '"']).next().unwrap();
    format!(
        "<iq type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
         <jid>1001@localhost/gc</jid></bind></iq>"
    )
}
