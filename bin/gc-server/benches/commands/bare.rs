//! hyper without anything else: what it takes to read a command, answer it and post an event.

use std::convert::Infallible;

use axum::body::Bytes;
use gc_environment::{Environment, RealEnvironment};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

#[derive(Deserialize)]
struct Envelope {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    r#type: String,
}

/// The server's process. With a callback it posts an event for each command, one after the other.
#[tokio::main]
pub(crate) async fn run(port: u16, callback: Option<&str>) {
    let (events, received) = unbounded_channel();
    let events = callback.map(|callback| {
        tokio::spawn(post(format!("http://{callback}/events").parse().expect("an address"), received));
        events
    });
    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the port");
    let mut terminated =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).expect("signals");
    loop {
        let accepted = tokio::select! {
            biased;
            accepted = listener.accept() => accepted,
            _ = terminated.recv() => return,
        };
        let (stream, _) = accepted.expect("a connection");
        let _ = stream.set_nodelay(true);
        let events = events.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, events.clone()));
            http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    events: Option<UnboundedSender<String>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await.expect("a body").to_bytes();
    let Envelope { data } = serde_json::from_slice(&body).expect("a command");
    assert!(data.r#type.contains('#'));
    if let Some(events) = events {
        let event = r#"{"type":"System","systemStatus":"OUT_OF_SERVICE"}"#.to_owned();
        events.send(event).expect("somebody who posts");
    }
    let answer = format!(r#"{{"status":"accepted","commandId":"{}"}}"#, RealEnvironment.id());
    let mut answer = Response::new(Full::new(Bytes::from(answer)));
    *answer.status_mut() = StatusCode::ACCEPTED;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(answer)
}

async fn post(to: Uri, mut events: UnboundedReceiver<String>) {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    while let Some(event) = events.recv().await {
        let mut request = Request::new(Full::new(Bytes::from(event)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = to.clone();
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let answer = client.request(request).await.expect("a receiver");
        assert!(answer.status().is_success());
    }
}
