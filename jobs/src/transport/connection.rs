//! One conversation with a relay, step by step.

use std::fmt::Display;
use std::future::Future;
use std::io;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::commands::{Auth, Data, Ehlo, Mail, Quit, Rcpt, Rset, Starttls};
use lettre::transport::smtp::extension::{Extension, MailParameter, ServerInfo};
use lettre::transport::smtp::response::{Response, Severity};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::rustls;

use super::relay::{Encryption, Relay};

/// The longest reply that is read, in bytes.
const LONGEST_REPLY: usize = 64 << 10;
/// How many challenges of an authentication are answered.
const CHALLENGES: usize = 4;

/// Why a step did not succeed. The texts hold codes and the names of steps: what relays say in words may name people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The relay is away, or does not want us: nothing is said about the mail, and others will fare alike.
    Relay(String),
    /// The relay does not take this mail now (4xx).
    Later(String),
    /// The relay refuses this mail for good (5xx).
    Refused {
        /// The step and the codes.
        reason: String,
        /// Whether because of the address it goes to.
        address: bool,
    },
}

/// A stream of bytes, encrypted or not.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A connection over which one mail after the other is sent.
pub struct Connection {
    stream: BufReader<Box<dyn Stream>>,
    server: ServerInfo,
    command_limit: Duration,
    content_limit: Duration,
    dot_limit: Duration,
    /// When the last mail was done with; none before the first.
    pub idle_since: Option<Instant>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Connection")
    }
}

impl Connection {
    /// Connects, encrypts as the relay's address asks for, and signs in.
    ///
    /// # Errors
    /// [`Fault::Relay`]. When encryption is asked for and not had, nothing was sent but the greeting.
    pub async fn open(relay: &Relay) -> Result<Self, Fault> {
        let limits = relay.timeouts;
        let stream = within(limits.connect, "connect", TcpStream::connect((relay.host.as_str(), relay.port))).await?;
        stream.set_nodelay(true).map_err(|error| broken("connect", &error))?;
        let stream: Box<dyn Stream> = match relay.encryption {
            Encryption::Implicit => Box::new(encrypt(relay, Box::new(stream)).await?),
            _ => Box::new(stream),
        };
        let mut connection = Self {
            stream: BufReader::new(stream),
            server: ServerInfo::default(),
            command_limit: limits.command,
            content_limit: limits.content,
            dot_limit: limits.dot,
            idle_since: None,
        };
        let greeting = connection.read(limits.command, "greeting").await?;
        expect(&greeting, 220, "greeting")?;
        connection.hello(relay).await?;
        if relay.encryption == Encryption::Required {
            connection = connection.start_tls(relay).await?;
        }
        connection.sign_in(relay).await?;
        Ok(connection)
    }

    async fn hello(&mut self, relay: &Relay) -> Result<(), Fault> {
        let reply = self.command("EHLO", Ehlo::new(relay.hello.clone())).await?;
        expect(&reply, 250, "EHLO")?;
        self.server = ServerInfo::from_response(&reply).map_err(|_| Fault::Relay("EHLO: no readable answer".into()))?;
        Ok(())
    }

    async fn start_tls(mut self, relay: &Relay) -> Result<Self, Fault> {
        if !self.server.supports_feature(Extension::StartTls) {
            return Err(Fault::Relay("the relay offers no STARTTLS, and nothing is sent unencrypted".into()));
        }
        let reply = self.command("STARTTLS", Starttls).await?;
        expect(&reply, 220, "STARTTLS")?;
        // What came before the encryption would be taken for what came under it.
        if !self.stream.buffer().is_empty() {
            return Err(Fault::Relay("STARTTLS: more than one answer".into()));
        }
        let encrypted = encrypt(relay, self.stream.into_inner()).await?;
        self.stream = BufReader::new(Box::new(encrypted));
        self.hello(relay).await?;
        Ok(self)
    }

    async fn sign_in(&mut self, relay: &Relay) -> Result<(), Fault> {
        let Some(credentials) = &relay.credentials else { return Ok(()) };
        let failed = |what: &str| Fault::Relay(format!("AUTH: {what}"));
        let mechanism = self
            .server
            .get_auth_mechanism(DEFAULT_MECHANISMS)
            .ok_or_else(|| failed("the relay offers neither PLAIN nor LOGIN"))?;
        let auth = Auth::new(mechanism, credentials.clone(), None).map_err(|_| failed("cannot be answered"))?;
        let mut reply = self.command("AUTH", auth).await?;
        for _ in 0..CHALLENGES {
            if !reply.has_code(334) {
                break;
            }
            let auth = Auth::new_from_response(mechanism, credentials.clone(), &reply)
                .map_err(|_| failed("a challenge that is not understood"))?;
            reply = self.command("AUTH", auth).await?;
        }
        expect(&reply, 235, "AUTH")
    }

    /// Says that a mail comes: from whom and to whom.
    ///
    /// # Errors
    /// See [`Fault`]; after [`Fault::Later`] and [`Fault::Refused`] the connection can be used for the next mail once it is
    /// [`reset`](Self::reset).
    pub async fn begin(&mut self, from: &Address, to: &Address) -> Result<(), Fault> {
        let mut parameters = Vec::new();
        if !AsRef::<str>::as_ref(to).is_ascii() {
            if !self.server.supports_feature(Extension::SmtpUtfEight) {
                return Err(Fault::Refused {
                    reason: "the relay takes no letters such as å in addresses".into(), address: true
                });
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let reply = self.command("MAIL", Mail::new(Some(from.clone()), parameters)).await?;
        // What the relay has against the sender, it has against every mail.
        expect(&reply, 250, "MAIL")?;
        let reply = self.command("RCPT", Rcpt::new(to.clone(), Vec::new())).await?;
        // 251: the relay forwards it.
        judge(&reply, "RCPT", &[250, 251])
    }

    /// Asks to send the message.
    ///
    /// # Errors
    /// See [`Fault`].
    pub async fn start_data(&mut self) -> Result<(), Fault> {
        let reply = self.command("DATA", Data).await?;
        judge(&reply, "DATA", &[354])
    }

    /// Sends the message, up to its end. The relay cannot take it before [`end`](Self::end).
    ///
    /// # Errors
    /// [`Fault::Relay`].
    pub async fn content(&mut self, message: &[u8]) -> Result<(), Fault> {
        let stuffed = stuffed(message);
        within(self.content_limit, "content", async {
            self.stream.write_all(&stuffed).await?;
            self.stream.flush().await
        })
        .await
    }

    /// Sends the dot that ends the message, and reads what the relay says to it.
    ///
    /// # Errors
    /// [`Fault::Later`] and [`Fault::Refused`] say that it was surely not accepted; [`Fault::Relay`] means that there was no
    /// answer: the message may have been accepted.
    pub async fn end(&mut self) -> Result<(), Fault> {
        if self.has_spoken().await {
            return Err(Fault::Later("content: broken off".into()));
        }
        within(self.content_limit, "dot", async {
            self.stream.write_all(b".\r\n").await?;
            self.stream.flush().await
        })
        .await?;
        let reply = self.read(self.dot_limit, "dot").await?;
        match judge(&reply, "dot", &[250]) {
            // An answer, though the relay goes away with it.
            Err(Fault::Relay(reason)) => Err(Fault::Later(reason)),
            outcome => outcome,
        }
    }

    /// Whether the relay has said something, or gone away, without being asked.
    async fn has_spoken(&mut self) -> bool {
        timeout(Duration::ZERO, self.stream.fill_buf()).await.is_ok()
    }

    /// Forgets a mail that was begun.
    ///
    /// # Errors
    /// [`Fault::Relay`].
    pub async fn reset(&mut self) -> Result<(), Fault> {
        let reply = self.command("RSET", Rset).await?;
        expect(&reply, 250, "RSET")
    }

    /// Says good-bye; the relay's answer is not waited for long.
    pub async fn quit(mut self) {
        let farewell = self.command("QUIT", Quit);
        // Whatever it says, the connection is closed.
        let _ = timeout(Duration::from_secs(1), farewell).await;
    }

    async fn command(&mut self, step: &str, command: impl Display) -> Result<Response, Fault> {
        let text = command.to_string();
        within(self.command_limit, step, async {
            self.stream.write_all(text.as_bytes()).await?;
            self.stream.flush().await
        })
        .await?;
        self.read(self.command_limit, step).await
    }

    async fn read(&mut self, limit: Duration, step: &str) -> Result<Response, Fault> {
        let text = within(limit, step, async {
            let mut text = String::new();
            loop {
                let before = text.len();
                let room = (LONGEST_REPLY - before) as u64;
                let read = tokio::io::AsyncReadExt::take(&mut self.stream, room).read_line(&mut text).await?;
                if read == 0 || !text.ends_with('\n') {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                // A line that goes on has a hyphen after its code.
                if text.as_bytes().get(before + 3) != Some(&b'-') {
                    return Ok(text);
                }
            }
        })
        .await?;
        text.parse().map_err(|_| Fault::Relay(format!("{step}: no readable answer")))
    }
}

/// Anything but `code` is the relay's fault: it says nothing about one mail.
fn expect(reply: &Response, code: u16, step: &str) -> Result<(), Fault> {
    if reply.has_code(code) { Ok(()) } else { Err(Fault::Relay(codes(reply, step))) }
}

/// What an answer to one mail means.
fn judge(reply: &Response, step: &str, accepted: &[u16]) -> Result<(), Fault> {
    let reason = codes(reply, step);
    match reply.code().severity {
        _ if accepted.iter().any(|code| reply.has_code(*code)) => Ok(()),
        // "Service not available, closing": whatever the step.
        _ if reply.has_code(421) => Err(Fault::Relay(reason)),
        Severity::TransientNegativeCompletion => Err(Fault::Later(reason)),
        Severity::PermanentNegativeCompletion => {
            // Enhanced codes (RFC 3463): 1 is about addresses, 2 about mailboxes; 7 and others about rules, us or the content.
            let about_address = match enhanced(reply) {
                Some(enhanced) => enhanced.starts_with("5.1.") || enhanced.starts_with("5.2."),
                None => matches!(u16::from(reply.code()), 550..=553) && (step == "RCPT" || reply.has_code(552)),
            };
            Err(Fault::Refused { reason, address: about_address })
        }
        _ => Err(Fault::Relay(reason)),
    }
}

/// The step and the codes of a reply: `RCPT: 550 5.1.1`.
fn codes(reply: &Response, step: &str) -> String {
    match enhanced(reply) {
        Some(enhanced) => format!("{step}: {} {enhanced}", reply.code()),
        None => format!("{step}: {}", reply.code()),
    }
}

/// The enhanced status code with which a reply begins, if it has one.
fn enhanced(reply: &Response) -> Option<&str> {
    let word = reply.first_word()?;
    let parts: Vec<&str> = word.split('.').collect();
    let numbers = parts.iter().all(|part| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()));
    (parts.len() == 3 && numbers).then_some(word)
}

/// The message as it is sent: lines that begin with a dot get another (RFC 5321, 4.5.2), and the last line ends.
fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut sent = Vec::with_capacity(message.len() + 16);
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        if line.first() == Some(&b'.') {
            sent.push(b'.');
        }
        sent.extend_from_slice(line);
    }
    if !sent.ends_with(b"\r\n") {
        sent.extend_from_slice(b"\r\n");
    }
    sent
}

async fn encrypt(relay: &Relay, stream: Box<dyn Stream>) -> Result<impl Stream + 'static, Fault> {
    within(relay.timeouts.command, "TLS", relay.tls.connect(relay.server_name.clone(), stream)).await
}

async fn within<T>(limit: Duration, step: &str, work: impl Future<Output = io::Result<T>>) -> Result<T, Fault> {
    match timeout(limit, work).await {
        Err(_) => Err(Fault::Relay(format!("{step}: no answer in time"))),
        Ok(outcome) => outcome.map_err(|error| broken(step, &error)),
    }
}

fn broken(step: &str, error: &io::Error) -> Fault {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    Fault::Relay(match cause {
        Some(rustls::Error::InvalidCertificate(_)) => format!("{step}: the relay's certificate is not to be trusted"),
        // The kind only: it is enough to know where to look.
        _ => format!("{step}: {}", error.kind()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(text: &str) -> Response {
        text.parse().unwrap()
    }

    #[test]
    fn a_line_of_one_dot_does_not_end_the_message() {
        assert_eq!(stuffed(b"a\r\n.\r\n..b\r\nc"), b"a\r\n..\r\n...b\r\nc\r\n");
        assert_eq!(stuffed(b"a.\r\n"), b"a.\r\n");
    }

    #[test]
    fn only_what_is_about_the_address_is_held_against_it() {
        for (text, step, address) in [
            ("550 5.1.1 no such user\r\n", "RCPT", true),
            ("550 no such user\r\n", "RCPT", true),
            ("552 5.2.2 mailbox full\r\n", "dot", true),
            ("552 mailbox full\r\n", "dot", true),
            ("554 5.7.1 relay access denied\r\n", "RCPT", false),
            ("550 5.7.1 looks like spam\r\n", "dot", false),
            ("554 no\r\n", "dot", false),
            ("550 rejected content\r\n", "dot", false),
        ] {
            assert!(
                matches!(judge(&reply(text), step, &[250]), Err(Fault::Refused { address: is, .. }) if is == address),
                "{text}"
            );
        }
    }

    #[test]
    fn what_relays_say_in_words_is_not_repeated() {
        let told = codes(&reply("550 5.1.1 <anna@example.org> is unknown\r\n"), "RCPT");
        assert_eq!(told, "RCPT: 550 5.1.1");
    }
}
