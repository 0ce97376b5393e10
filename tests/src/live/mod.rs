//! Live updates as clients see them: a served process, sockets and event streams.

mod events;
mod socket;

use std::{fmt, net::SocketAddr, time::Duration};

use actix_web::{App as Actix, HttpServer, dev::ServerHandle};
use serde_json::Value;

pub use events::EventStream;
pub use socket::Socket;

use crate::{TestApp, TestUser, node};

/// What is under way for longer does not come.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for what must come.
pub(crate) async fn in_time<T>(what: &str, coming: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, coming).await {
        Ok(come) => come,
        Err(_) => panic!("{what} did not come within {PATIENCE:?}"),
    }
}

/// An app that is served on loopback until this is dropped.
pub struct Served {
    /// Where.
    pub address: SocketAddr,
    handle: ServerHandle,
}

impl fmt::Display for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

impl TestApp {
    /// Serves it on a port of its own.
    #[allow(clippy::disallowed_methods, reason = "the server ends with the test")]
    pub fn serve(&self) -> Served {
        let service = self.service.clone();
        let server = HttpServer::new(move || {
            let service = service.clone();
            Actix::new().configure(|config| service.configure(config))
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .expect("a free port");
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Served { address, handle }
    }

    /// Ends what is live, as a process does that stops.
    pub fn close_live(&self) {
        self.service.close_live();
    }
}

/// Runs the reference clients of `tests/live_clients` as somebody, and gives what they received.
pub async fn reference_clients(served: &Served, user: &TestUser) -> Value {
    let address = served.address.to_string();
    node::script("live_clients", "clients.mjs", &[&address, &user.token]).await
}

/// The types of events among results, in order.
pub fn types_of(results: &[Value]) -> Vec<String> {
    let event_type = |result: &Value| {
        let data = result["data"]
            .as_object()
            .and_then(|data| data.values().next())
            .cloned();
        let data = data.unwrap_or_default();
        let event = data.get("event").unwrap_or(&data);
        event["type"].as_str().unwrap_or_default().to_owned()
    };
    results.iter().map(event_type).collect()
}
