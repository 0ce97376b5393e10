//! The HTTP of scripted trackers: one request to a connection, so that an answer can break off or never come.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read},
    net::{TcpListener, TcpStream},
};

use serde_json::Value;

/// A request that came.
pub(crate) struct Request {
    /// The method.
    pub method: String,
    /// The path, as it came.
    pub path: String,
    /// What stands behind the path.
    pub query: String,
    /// The headers, with their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// What was sent; null without a body.
    pub body: Value,
}

/// Listens on a port of its own, and answers each request in a thread of its own. Returns where it is.
pub(crate) fn listen(answer: impl Fn(&TcpStream, &str) + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let base = url.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (answer, base) = (answer.clone(), base.clone());
            std::thread::spawn(move || answer(&stream, &base));
        }
    });
    url
}

/// Reads a request; none when the line is cut.
pub(crate) fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers
        .get("content-length")
        .map_or(Some(0), |text| text.parse().ok())?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    })
}

/// What an answer begins with.
pub(crate) fn head(status: u16, headers: &[(&'static str, String)], length: usize) -> String {
    let mut head = format!("HTTP/1.1 {status} Said\r\nconnection: close\r\ncontent-length: {length}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head
}
