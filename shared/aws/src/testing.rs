//! A service for tests: HTTP on 127.0.0.1, as far as the clients here speak it.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What it is asked.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The first line and the headers.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// What it answers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// Answers everybody so, many at a time; gives its address.
pub(crate) async fn service(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("its number"));
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (mut stream, answer) = (BufReader::new(stream), answer.clone());
            tokio::spawn(async move {
                while let Some(asked) = request(&mut stream).await {
                    let Answer { status, headers, body } = answer(&asked);
                    let mut told = format!("HTTP/1.1 {status} x\r\n");
                    if !headers.iter().any(|(name, _)| *name == "content-length") {
                        told.push_str(&format!("content-length: {}\r\n", body.len()));
                    }
                    for (name, value) in headers {
                        told.push_str(&format!("{name}: {value}\r\n"));
                    }
                    let mut told = format!("{told}\r\n").into_bytes();
                    if !asked.head.starts_with("HEAD ") {
                        told.extend(body);
                    }
                    if stream.write_all(&told).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

async fn request(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request { head, body })
}
