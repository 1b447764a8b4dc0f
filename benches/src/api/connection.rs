//! A keep-alive connection that sends bytes that were made beforehand and reads just enough of the answer, so
//! that two cores are left to what is measured.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connection.
pub struct Connection {
    address: SocketAddr,
    stream: TcpStream,
    /// The last answer and what is read of the next.
    read: Vec<u8>,
}

/// The last answer of a connection.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
}

/// Where the parts of an answer are.
struct Head {
    status: u16,
    body_at: usize,
    body_bytes: usize,
    closes: bool,
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { address, stream, read: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request and reads its answer whole.
    pub async fn call(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.read.clear();
        self.stream.write_all(request).await?;
        let head = loop {
            self.more().await?;
            if let Some(head) = Head::of(&self.read)? {
                break head;
            }
        };
        let end = head.body_at + head.body_bytes;
        while self.read.len() < end {
            self.more().await?;
        }
        if head.closes {
            self.stream = Self::open(self.address).await?.stream;
        }
        Ok(Answer { status: head.status, body: &self.read[head.body_at..end] })
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.read).await? {
            0 => Err(io::Error::other("the service closed the connection within an answer")),
            _ => Ok(()),
        }
    }
}

impl Head {
    /// The head of an answer, once it is there.
    fn of(read: &[u8]) -> io::Result<Option<Self>> {
        let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
        let text = str::from_utf8(&read[..end]).map_err(io::Error::other)?;
        let mut lines = text.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let status = status.ok_or_else(|| io::Error::other("an answer without a status"))?;
        let mut head = Self { status, body_at: end + 4, body_bytes: 0, closes: false };
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                head.body_bytes = value.parse().map_err(io::Error::other)?;
            } else if name.eq_ignore_ascii_case("connection") {
                head.closes = value.eq_ignore_ascii_case("close");
            }
        }
        Ok(Some(head))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_once_they_are_whole() {
        let answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nconnection: close\r\n\r\n{}";
        for end in 0..answer.len() - 2 {
            assert!(Head::of(&answer[..end]).expect("no error").is_none(), "{end}");
        }
        let head = Head::of(answer).expect("no error").expect("a head");
        assert_eq!((head.status, head.body_bytes, head.closes), (400, 2, true));
        assert_eq!(&answer[head.body_at..], b"{}");
        assert!(Head::of(b"HTTP/1.1\r\n\r\n").is_err());
    }
}
