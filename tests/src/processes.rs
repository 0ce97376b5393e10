//! What tests of whole processes need: one that ends with its test, an address for it, asking it, and waiting for it.

use std::{
    io,
    process::{Child, Command, ExitStatus},
    time::Duration,
};

/// A process that is killed when this is dropped, so that it does not outlive a test that fails.
pub struct Killed(pub Child);

impl Killed {
    /// Asks it to stop, as an operator does, waits until it has, and tells how it ended.
    pub fn stop(&mut self) -> io::Result<ExitStatus> {
        let asked = Command::new("kill").arg(self.0.id().to_string()).status()?;
        if !asked.success() {
            return Err(io::Error::other("the process cannot be asked to stop"));
        }
        self.0.wait()
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Free now, and hardly taken by somebody else at once.
pub fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

/// The status and body of a page; none while nobody answers.
pub async fn get(url: &str) -> Option<(u16, String)> {
    let answer = crate::oidc::client().get(url).send().await.ok()?;
    Some((answer.status().as_u16(), answer.text().await.ok()?))
}

/// Lets real time pass, in which other processes work.
#[allow(clippy::disallowed_methods, reason = "other processes are waited for")]
pub async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Waits for another process. There is no clock of its that a test could move.
pub async fn wait_until(condition: impl AsyncFn() -> bool) {
    for _ in 0..300 {
        if condition().await {
            return;
        }
        pause(Duration::from_millis(100)).await;
    }
    panic!("another process did not get ready within 30 s");
}

/// Waits until a page is there.
pub async fn answers_well(url: &str) {
    wait_until(async || get(url).await.is_some_and(|(status, _)| status == 200)).await;
}

/// Posts a GraphQL request to a server, as somebody, and gives the answer.
pub async fn ask(url: &str, token: &str, query: &str, variables: serde_json::Value) -> serde_json::Value {
    let body = serde_json::json!({ "query": query, "variables": variables });
    let answer = crate::oidc::client()
        .post(format!("{url}/graphql"))
        .header("Authorization", format!("Bearer {token}"))
        .header("Content-Type", "application/json")
        .body(body.to_string())
        .send()
        .await
        .expect("the server to answer");
    let text = answer.text().await.expect("an answer");
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"))
}

/// All bytes that a server sends in answer to a GET, head and all, until it closes the connection.
pub async fn raw(address: &str, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    use std::io::{Read, Write};
    let mut request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    let address = address.to_owned();
    let read = tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(address).expect("the server to listen");
        stream.write_all(request.as_bytes()).expect("a request");
        let mut bytes = Vec::new();
        // Whatever ends it: what had come until then counts.
        let _ = stream.read_to_end(&mut bytes);
        bytes
    });
    read.await.expect("a thread")
}
