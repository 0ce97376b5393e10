//! A network between the service and PostgreSQL that is slow, cuts connections, or swallows what it is given.

use std::{future::Future, time::Duration};

use anyhow::{Context, Result};
use postmortem_tests::pause;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// What is done to connections, which are numbered from 1 as they are made.
#[derive(Debug, Clone, Copy, Default)]
struct Weather {
    /// How many there have been.
    made: u64,
    /// Those up to this number are cut.
    cut: u64,
    /// Those up to this number stay open, and nothing comes through any more.
    silent: u64,
    /// How long everything takes, each way.
    delay: Duration,
}

/// The network. It is gone with the process.
pub struct Proxy {
    port: u16,
    weather: watch::Sender<Weather>,
}

impl Proxy {
    /// In front of a port of this machine.
    pub async fn start(to: u16) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .context("no port for the proxy")?;
        let port = listener.local_addr()?.port();
        let weather = watch::Sender::new(Weather::default());
        beside(accept(listener, to, weather.clone()));
        Ok(Self { port, weather })
    }

    /// Where it is.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on everything takes so much longer, each way.
    pub fn delay(&self, delay: Duration) {
        self.weather.send_modify(|weather| weather.delay = delay);
    }

    /// Cuts all connections that there are.
    pub fn cut(&self) {
        self.weather.send_modify(|weather| weather.cut = weather.made);
    }

    /// From now on nothing comes through.
    pub fn fall_silent(&self) {
        self.weather.send_modify(|weather| weather.silent = u64::MAX);
    }

    /// From now on connections that are made anew work. The others stay silent for ever, and nobody is told.
    pub fn speak_again(&self) {
        self.weather.send_modify(|weather| weather.silent = weather.made);
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "what passes bytes on ends with this program, which loses nothing by it"
)]
fn beside(work: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(work);
}

async fn accept(listener: TcpListener, to: u16, weather: watch::Sender<Weather>) {
    while let Ok((near, _)) = listener.accept().await {
        let mut number = 0;
        weather.send_modify(|weather| {
            weather.made += 1;
            number = weather.made;
        });
        let weather = weather.subscribe();
        beside(async move {
            // A server that is gone refuses; dropping our end says so to whoever asked.
            let Ok(far) = TcpStream::connect(("127.0.0.1", to)).await else {
                return;
            };
            let _ = (near.set_nodelay(true), far.set_nodelay(true));
            let ((near_read, near_write), (far_read, far_write)) = (near.into_split(), far.into_split());
            tokio::select! {
                () = pass(near_read, far_write, number, weather.clone()) => {}
                () = pass(far_read, near_write, number, weather) => {}
            }
        });
    }
}

/// Passes on what comes, until one side ends or the connection is cut.
async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    number: u64,
    mut weather: watch::Receiver<Weather>,
) {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let read = tokio::select! {
            read = from.read(&mut bytes) => read.unwrap_or(0),
            _ = weather.wait_for(|weather| weather.cut >= number) => return,
        };
        let now = *weather.borrow();
        if now.silent >= number {
            // Also when the other side has gone: whoever waits does not hear of it.
            let _ = weather.wait_for(|weather| weather.cut >= number).await;
            return;
        }
        if read == 0 {
            return;
        }
        if !now.delay.is_zero() {
            pause(now.delay).await;
        }
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
