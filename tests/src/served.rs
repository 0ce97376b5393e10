//! A server of an app in this process, and raw connections to it: for what clients of HTTP would never send.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

use postmortem_api::{
    http::server::{Listeners, Serving, serve, serve_health},
    platform::background,
};
use tokio::{sync::oneshot, task::JoinHandle};

use crate::TestApp;

/// A server that listens.
pub struct Served {
    /// Where.
    pub address: SocketAddr,
    /// Where its metrics have an address of their own.
    pub metrics: Option<SocketAddr>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// A port that nobody has, and where it is.
fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

fn run(mut serving: Serving, address: SocketAddr, metrics: Option<SocketAddr>) -> Served {
    let (stop, stopped) = oneshot::channel();
    let task = background::spawn_here(async move {
        tokio::select! {
            ended = serving.until_told_to_stop() => {
                ended.expect("the server to run");
            }
            _ = stopped => {}
        }
        serving.stop(false).await.expect("the server to stop");
    });
    Served {
        address,
        metrics,
        stop,
        task,
    }
}

impl TestApp {
    /// Serves this app as a process does: with its middleware, its workers and its limits on connections.
    pub async fn serve_whole(&self) -> Served {
        let (main, address) = listener();
        let listeners = Listeners { main, metrics: None };
        let serving = serve(self.app.clone(), listeners).expect("the server to start");
        run(serving, address, None)
    }

    /// Serves what a process without an API does, and its metrics also at an address of their own.
    pub async fn serve_probes(&self) -> Served {
        let (main, address) = listener();
        let (metrics, apart) = listener();
        let listeners = Listeners {
            main,
            metrics: Some(metrics),
        };
        let serving = serve_health(self.app.clone(), listeners).expect("the server to start");
        run(serving, address, Some(apart))
    }
}

/// What came back on a raw connection until it was closed, or until the time was over.
#[derive(Debug)]
pub struct Heard {
    /// All bytes as text.
    pub text: String,
    /// Was the connection closed?
    pub is_closed: bool,
    /// How long that took.
    pub took: Duration,
}

impl Heard {
    /// The status of the first answer, or 0.
    pub fn status(&self) -> u16 {
        let status = self.text.split(' ').nth(1);
        status.and_then(|status| status.parse().ok()).unwrap_or(0)
    }
}

/// What is sent on a raw connection: pieces, with a pause after each.
pub type Pieces = Vec<(Vec<u8>, Duration)>;

/// One piece, and then silence.
pub fn once(text: impl Into<Vec<u8>>) -> Pieces {
    vec![(text.into(), Duration::ZERO)]
}

impl Served {
    /// Sends pieces, and listens until the server closes the connection, for so long at most.
    pub fn speak(&self, pieces: Pieces, patience: Duration) -> impl Future<Output = Heard> + use<> {
        let address = self.address;
        let talking = tokio::task::spawn_blocking(move || talk(address, pieces, patience));
        async move { talking.await.expect("a thread") }
    }

    /// Ends it.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        self.task.await.expect("the server to end");
    }
}

fn talk(address: SocketAddr, pieces: Pieces, patience: Duration) -> Heard {
    let begun = Instant::now();
    let mut stream = TcpStream::connect(address).expect("the server to listen");
    let mut reading = stream.try_clone().expect("the same connection");
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let mut is_closed = false;
        let mut piece = [0_u8; 8192];
        while let Some(left) = patience.checked_sub(begun.elapsed()).filter(|left| !left.is_zero()) {
            reading.set_read_timeout(Some(left)).expect("a time limit");
            match reading.read(&mut piece) {
                Ok(0) => is_closed = true,
                Ok(count) => bytes.extend_from_slice(&piece[..count]),
                Err(error)
                    if matches!(
                        error.kind(),
                        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                    ) =>
                {
                    break;
                }
                // A server that hangs up on what it has not read resets the connection.
                Err(_) => is_closed = true,
            }
            if is_closed {
                break;
            }
        }
        Heard {
            text: String::from_utf8_lossy(&bytes).into_owned(),
            is_closed,
            took: begun.elapsed(),
        }
    });
    for (piece, pause) in pieces {
        if begun.elapsed() > patience || stream.write_all(&piece).is_err() {
            break;
        }
        std::thread::sleep(pause);
    }
    reader.join().expect("the reader to end")
}
