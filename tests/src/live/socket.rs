//! A client of `graphql-transport-ws` that says what it is told to.

use std::fmt::Display;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

use super::in_time;
use crate::TestUser;

/// An open socket.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens one with the headers given.
    pub async fn open(served: &impl Display, headers: &[(&'static str, &str)]) -> Self {
        let url = format!("ws://{served}/graphql");
        let mut request = url.into_client_request().expect("a request");
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).expect("a header");
            request.headers_mut().insert(*name, value);
        }
        let (socket, _) = connect_async(request).await.expect("the handshake to succeed");
        Self(socket)
    }

    /// Opens one with the protocol, and says nothing yet.
    pub async fn silent(served: &impl Display) -> Self {
        Self::open(served, &[("sec-websocket-protocol", "graphql-transport-ws")]).await
    }

    /// Opens one as a user.
    pub async fn of(served: &impl Display, user: &TestUser) -> Self {
        Self::with_token(served, &user.token).await
    }

    /// Opens one as the bearer of a token.
    pub async fn with_token(served: &impl Display, token: &str) -> Self {
        let mut socket = Self::silent(served).await;
        socket
            .say(json!({ "type": "connection_init", "payload": { "Authorization": format!("Bearer {token}") } }))
            .await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket
    }

    /// Sends a message.
    pub async fn say(&mut self, message: Value) {
        self.say_text(&message.to_string()).await;
    }

    /// The same with a text as it is.
    pub async fn say_text(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.expect("an open socket");
    }

    /// Sends bytes.
    pub async fn say_bytes(&mut self, bytes: &[u8]) {
        self.0
            .send(Message::binary(bytes.to_vec()))
            .await
            .expect("an open socket");
    }

    /// Starts an operation.
    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.say(json!({ "id": id, "type": "subscribe", "payload": payload }))
            .await;
    }

    /// The next message.
    pub async fn hear(&mut self) -> Value {
        loop {
            match in_time("a message", self.0.next()).await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).expect("a message is JSON"),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("expected a message, got {other:?}"),
            }
        }
    }

    /// The payload of the next message, which is a result of this operation.
    pub async fn result(&mut self, id: &str) -> Value {
        let message = self.hear().await;
        assert_eq!(
            (&message["type"], &message["id"]),
            (&json!("next"), &json!(id)),
            "{message}"
        );
        message["payload"].clone()
    }

    /// The same until one is of an event of this type: all of them.
    pub async fn results_until(&mut self, id: &str, event_type: &str) -> Vec<Value> {
        let mut results = Vec::new();
        loop {
            results.push(self.result(id).await);
            if super::types_of(&results).last().is_some_and(|last| last == event_type) {
                return results;
            }
        }
    }

    /// The code and the reason with which the service closes it, after any other message.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            match in_time("the end of a socket", self.0.next()).await {
                Some(Ok(Message::Close(Some(frame)))) => return (frame.code.into(), frame.reason.to_string()),
                Some(Ok(_)) => {}
                other => panic!("expected a close frame, got {other:?}"),
            }
        }
    }
}
