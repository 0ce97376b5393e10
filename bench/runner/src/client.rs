//! Just enough of HTTP to ask one question after another on one connection, and to know how long each took.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// Connects when it first asks: a server may close what says nothing for a while.
pub struct Client {
    port: u16,
    stream: Option<BufReader<TcpStream>>,
    head: String,
}

impl Client {
    pub fn new(port: u16, path: &str, headers: &[(String, String)]) -> Self {
        let mut head = format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        Self {
            port,
            stream: None,
            head,
        }
    }

    fn stream(&mut self) -> Result<&mut BufReader<TcpStream>> {
        let connected = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(("127.0.0.1", self.port))?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(Duration::from_secs(120)))?;
                BufReader::new(stream)
            }
        };
        Ok(self.stream.insert(connected))
    }

    /// The answer to a JSON body, which must be one without errors.
    pub fn ask(&mut self, body: &str) -> Result<Value> {
        let text = self.post(body)?;
        let answer: Value =
            serde_json::from_slice(&text).with_context(|| format!("no JSON: {}", String::from_utf8_lossy(&text)))?;
        ensure!(answer.get("errors").is_none(), "{} to {body}", answer["errors"]);
        Ok(answer["data"].clone())
    }

    fn post(&mut self, body: &str) -> Result<Vec<u8>> {
        let request = format!("{}Content-Length: {}\r\n\r\n{body}", self.head, body.len());
        self.stream()?.get_mut().write_all(request.as_bytes())?;
        let status = self.line()?;
        let (mut length, mut is_chunked) = (0, false);
        loop {
            let line = self.line()?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
            is_chunked |= line.starts_with("transfer-encoding:") && line.contains("chunked");
        }
        let mut content = Vec::new();
        if is_chunked {
            loop {
                let size = usize::from_str_radix(self.line()?.trim(), 16)?;
                content.extend(self.take(size)?);
                self.line()?;
                if size == 0 {
                    break;
                }
            }
        } else {
            content = self.take(length)?;
        }
        ensure!(
            status.contains(" 200"),
            "{status}: {}",
            String::from_utf8_lossy(&content)
        );
        Ok(content)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        let read = self.stream()?.read_line(&mut line)?;
        ensure!(read > 0, "the server closed the connection");
        Ok(line.trim_end().to_owned())
    }

    fn take(&mut self, length: usize) -> Result<Vec<u8>> {
        let mut content = vec![0; length];
        self.stream()?.read_exact(&mut content)?;
        Ok(content)
    }
}
