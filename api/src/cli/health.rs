//! `postmortem health`: asks the process on this machine, so that a container needs no other program to be probed with.

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use super::args::HealthArgs;

/// For each of: connecting, sending, and each part of the answer.
const TIME: Duration = Duration::from_secs(3);
/// As much of an answer is read; ours are one line.
const BYTES: u64 = 4096;

/// Without a client of HTTP, which could be sent to a proxy by the environment.
pub(super) fn health(listen: SocketAddr, args: &HealthArgs) -> Result<(), String> {
    let address = here(listen);
    let path = if args.ready { "/readyz" } else { "/healthz" };
    let answer = ask(address, path).map_err(|problem| {
        format!("nothing answers at http://{address}{path}: {problem}; is the service up, and does it listen there (POSTMORTEM_LISTEN)?")
    })?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status == "200" {
        outln!("{}", body.trim_end());
        return Ok(());
    }
    Err(format!(
        "http://{address}{path} answers with status {status}: {}",
        body.trim_end()
    ))
}

/// A process that listens on every address also listens on that of this machine.
fn here(listen: SocketAddr) -> SocketAddr {
    let address = match listen.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(address, listen.port())
}

fn ask(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, TIME)?;
    stream.set_read_timeout(Some(TIME))?;
    stream.set_write_timeout(Some(TIME))?;
    // At once: whoever answers after the first words would close the connection upon the rest.
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(BYTES).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_includes_that_of_this_machine() {
        for (listen, asked) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:8080", "[::1]:8080"),
            ("10.0.0.1:1", "10.0.0.1:1"),
        ] {
            assert_eq!(here(listen.parse().unwrap()).to_string(), asked);
        }
    }
}
