//! A mail server on this machine that takes every mail and keeps none.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A server, and how many mails it has taken.
pub(crate) struct Sink {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    taken: Arc<AtomicUsize>,
}

impl Sink {
    /// Starts it; it ends with the program.
    pub(crate) fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let taken = Arc::new(AtomicUsize::new(0));
        let counted = taken.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counted = counted.clone();
                std::thread::spawn(move || converse(&stream, &counted));
            }
        });
        Ok(Self { address, taken })
    }

    /// How many mails it has taken.
    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }
}

/// One conversation, until the client ends it.
fn converse(stream: &TcpStream, taken: &AtomicUsize) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut client = stream;
    let mut lines = BufReader::new(stream).lines();
    client.write_all(b"220 sink ESMTP\r\n")?;
    let mut in_message = false;
    while let Some(line) = lines.next().transpose()? {
        let answer: &[u8] = match (in_message, line.split(' ').next().unwrap_or_default()) {
            (true, ".") => {
                in_message = false;
                taken.fetch_add(1, Ordering::Relaxed);
                b"250 2.0.0 taken\r\n"
            }
            (true, _) => continue,
            (false, "EHLO") => b"250-sink\r\n250 8BITMIME\r\n",
            (false, "DATA") => {
                in_message = true;
                b"354 go on\r\n"
            }
            (false, "QUIT") => b"221 bye\r\n",
            (false, _) => b"250 ok\r\n",
        };
        client.write_all(answer)?;
    }
    Ok(())
}
