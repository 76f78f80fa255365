//! A mail server that does as a test says, and keeps a journal: what it was told, and what it answered. The journal is the
//! oracle: what stands there as accepted was delivered.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::mails::Mail;

/// A step of the conversation, at which the server may do something else than usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It greets.
    Greeting,
    /// It answers EHLO.
    Ehlo,
    /// It answers AUTH.
    Auth,
    /// It answers MAIL.
    Mail,
    /// It answers RCPT.
    Rcpt,
    /// It answers DATA.
    Data,
    /// It has read the first line of the message.
    Content,
    /// It has read the message and its end.
    Dot,
}

/// What the server does at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// The usual.
    Usual,
    /// Says this instead.
    Say(&'static str),
    /// Says nothing more and keeps the connection.
    Stall,
    /// Closes the connection.
    Reset,
    /// Takes the message, and closes the connection before it says so.
    TakeAndReset,
    /// The usual, after a while.
    Late(Duration),
}

/// A message of which the server has read the end.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// The address of RCPT.
    pub(crate) to: String,
    /// The message, byte by byte.
    pub(crate) raw: Vec<u8>,
    /// Whether the server has answered that it took it.
    pub(crate) accepted: bool,
}

impl Received {
    /// The message, read.
    pub(crate) fn mail(&self) -> Mail {
        Mail::read(self.raw.clone())
    }

    /// Its Message-ID.
    pub(crate) fn message_id(&self) -> String {
        self.mail().header("Message-ID").expect("an id").to_owned()
    }
}

/// What it was told and received.
#[derive(Debug, Default)]
struct Journal {
    commands: Vec<String>,
    received: Vec<Received>,
}

/// The server. It ends with the test.
pub(crate) struct SmtpServer {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    journal: Arc<Mutex<Journal>>,
    over: Arc<AtomicBool>,
}

type Script = dyn Fn(Step, &str) -> Act + Send + Sync;

impl SmtpServer {
    /// Does at each step what `script` says, which is told the step and the recipient.
    pub(crate) fn start(script: impl Fn(Step, &str) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (journal, over): (Arc<Mutex<Journal>>, Arc<AtomicBool>) = Default::default();
        let script: Arc<Script> = Arc::new(script);
        let (notes, ended) = (journal.clone(), over.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                let conversation = Conversation { script: script.clone(), journal: notes.clone(), over: ended.clone() };
                // A connection that ends in the middle is what many tests are about.
                std::thread::spawn(move || stream.ok().and_then(|stream| conversation.hold(stream).ok()));
            }
        });
        Self { address, journal, over }
    }

    /// Takes every mail.
    pub(crate) fn kind() -> Self {
        Self::start(|_, _| Act::Usual)
    }

    /// Acts so the first time that it comes to `step`, and is kind from then on.
    pub(crate) fn once(step: Step, act: Act) -> Self {
        let done = AtomicBool::new(false);
        Self::start(move |at, _| if at == step && !done.swap(true, Ordering::SeqCst) { act } else { Act::Usual })
    }

    /// Its address as a setting.
    pub(crate) fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// The messages whose end it has read.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.journal().received.clone()
    }

    /// The messages that it has taken.
    pub(crate) fn accepted(&self) -> Vec<Received> {
        self.received().into_iter().filter(|received| received.accepted).collect()
    }

    /// What it was told, one command a line, on all connections.
    pub(crate) fn commands(&self) -> Vec<String> {
        self.journal().commands.clone()
    }

    fn journal(&self) -> std::sync::MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // Wakes the listener, which then ends.
        let _ = TcpStream::connect(self.address);
    }
}

/// One connection.
struct Conversation {
    script: Arc<Script>,
    journal: Arc<Mutex<Journal>>,
    over: Arc<AtomicBool>,
}

impl Conversation {
    fn hold(&self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut lines = BufReader::new(stream.try_clone()?);
        let mut recipient = String::new();
        self.say(&stream, Step::Greeting, "", "220 test ESMTP")?;
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim_end();
            self.note(|journal| journal.commands.push(line.to_owned()));
            match line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase().as_str() {
                "EHLO" => _ = self.say(&stream, Step::Ehlo, "", "250-test\r\n250-AUTH PLAIN\r\n250 8BITMIME")?,
                "AUTH" => _ = self.say(&stream, Step::Auth, "", "235 2.7.0 welcome")?,
                "MAIL" => _ = self.say(&stream, Step::Mail, "", "250 2.1.0 ok")?,
                "RCPT" => {
                    recipient = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    self.say(&stream, Step::Rcpt, &recipient, "250 2.1.5 ok")?;
                }
                "DATA" => {
                    let act = self.say(&stream, Step::Data, &recipient, "354 go on")?;
                    if !matches!(act, Act::Say(_)) {
                        self.read_message(&stream, &mut lines, &recipient)?;
                    }
                }
                "QUIT" => {
                    (&stream).write_all(b"221 bye\r\n")?;
                    return Ok(());
                }
                _ => (&stream).write_all(b"250 ok\r\n")?,
            }
        }
    }

    fn read_message(&self, stream: &TcpStream, lines: &mut BufReader<TcpStream>, recipient: &str) -> std::io::Result<()> {
        let mut raw = Vec::new();
        loop {
            let mut line = Vec::new();
            if lines.read_until(b'\n', &mut line)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if line == b".\r\n" {
                break;
            }
            if raw.is_empty() {
                self.act(stream, (self.script)(Step::Content, recipient))?;
            }
            raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        let to = recipient.to_owned();
        let mut number = 0;
        self.note(|journal| {
            number = journal.received.len();
            journal.received.push(Received { to, raw, accepted: false });
        });
        let act = (self.script)(Step::Dot, recipient);
        if act == Act::TakeAndReset {
            self.note(|journal| journal.received[number].accepted = true);
        }
        self.act(stream, act)?;
        match act {
            Act::Say(text) => (&*stream).write_all(format!("{text}\r\n").as_bytes()),
            _ => {
                // Taken is taken, whether or not the client is still there to hear it.
                self.note(|journal| journal.received[number].accepted = true);
                (&*stream).write_all(b"250 2.0.0 taken\r\n")
            }
        }
    }

    fn say(&self, stream: &TcpStream, step: Step, recipient: &str, usual: &str) -> std::io::Result<Act> {
        let act = (self.script)(step, recipient);
        self.act(stream, act)?;
        let text = if let Act::Say(text) = act { text } else { usual };
        (&*stream).write_all(format!("{text}\r\n").as_bytes())?;
        Ok(act)
    }

    /// Waits, stalls or closes; gives an error when the conversation is over.
    fn act(&self, stream: &TcpStream, act: Act) -> std::io::Result<()> {
        match act {
            Act::Usual | Act::Say(_) => Ok(()),
            Act::Late(time) => {
                std::thread::sleep(time);
                Ok(())
            }
            Act::Stall => {
                while !self.over.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err(std::io::ErrorKind::TimedOut.into())
            }
            Act::Reset | Act::TakeAndReset => {
                // It may be closed already.
                let _ = stream.shutdown(Shutdown::Both);
                Err(std::io::ErrorKind::ConnectionReset.into())
            }
        }
    }

    fn note(&self, change: impl FnOnce(&mut Journal)) {
        change(&mut self.journal.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
