//! How mails travel: into files, or to a relay by SMTP. The only place that speaks SMTP.
//!
//! Commands, replies, extensions and authentication are lettre's; the connection ([`connection`]) is driven here, step by
//! step, because the outbox must commit how far a mail is *between* the steps: lettre writes a message and the dot that
//! ends it in one go. It also sets TCP_NODELAY, without which each message waits some 40 ms for an acknowledgement.

pub mod connection;
mod files;
mod relay;

pub use connection::{Connection, Fault};
pub use files::Files;
pub(crate) use relay::ascii_domain;
pub use relay::{Relay, Timeouts};

/// Where mails go.
#[derive(Clone, Debug)]
pub enum Transport {
    /// Into files.
    Files(Files),
    /// To a relay.
    Relay(Box<Relay>),
}

impl Transport {
    /// Whether mails leave this machine's files, so that somebody has to start it.
    pub fn is_relay(&self) -> bool {
        matches!(self, Transport::Relay(_))
    }
}
