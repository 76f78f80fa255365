//! A relay: where it is, how it is spoken to, and how long it may take.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::extension::ClientId;
use percent_encoding::percent_decode_str;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

/// A relay that takes mails.
#[derive(Clone)]
pub struct Relay {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) encryption: Encryption,
    pub(super) credentials: Option<Credentials>,
    pub(super) hello: ClientId,
    pub(super) tls: TlsConnector,
    pub(super) server_name: ServerName<'static>,
    /// How long each step may take.
    pub timeouts: Timeouts,
}

/// How a connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encryption {
    /// TLS from the first byte.
    Implicit,
    /// STARTTLS, or nothing is sent.
    Required,
    /// None: the relay is on this machine.
    None,
}

/// How long each step may take: the least that RFC 5321, 4.5.3.2 asks for.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect: Duration,
    /// Until a command is answered.
    pub command: Duration,
    /// Until the message is written, up to its end.
    pub content: Duration,
    /// Until the whole message is answered.
    pub dot: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let minutes = |count: u64| Duration::from_secs(60 * count);
        Self { connect: minutes(1), command: minutes(5), content: minutes(3), dot: minutes(10) }
    }
}

impl Relay {
    /// The relay at `smtp://` or `smtps://[USER:PASSWORD@]HOST[:PORT]`, known to it as `hello`. Beside the authorities that
    /// browsers trust, those in the PEM file `authorities` are trusted.
    ///
    /// `smtp://` means STARTTLS, without which nothing is sent, unless the relay is on this machine; `?tls=required` asks for
    /// it there too.
    ///
    /// # Errors
    /// One line that says what is wrong with the address or the file.
    pub fn new(address: &str, hello: &str, authorities: Option<&Path>) -> Result<Self, String> {
        const ACCEPTED: &str =
            "write smtp://USER:PASSWORD@HOST:PORT or smtps://…; letters such as @ and : in them as %40 and %3A";
        let url = Url::parse(address).map_err(|_| ACCEPTED.to_owned())?;
        // The host of an address that is not http is not looked into by the parser.
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(ACCEPTED)?.to_owned();
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let query: Vec<_> = url.query_pairs().collect();
        let tls_required = match query.as_slice() {
            [] => false,
            [(name, value)] if name == "tls" && value == "required" => true,
            _ => return Err("the only parameter is ?tls=required".to_owned()),
        };
        if !matches!(url.path(), "" | "/") {
            return Err(ACCEPTED.to_owned());
        }
        let (encryption, port) = match url.scheme() {
            "smtps" => (Encryption::Implicit, 465),
            "smtp" if is_loopback(&bare) && !tls_required => (Encryption::None, 25),
            "smtp" => (Encryption::Required, 587),
            _ => return Err(ACCEPTED.to_owned()),
        };
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().map(String::from).map_err(|_| ACCEPTED.to_owned());
        let credentials = match (decoded(url.username())?, url.password()) {
            (user, None) if user.is_empty() => None,
            (user, Some(password)) if !user.is_empty() => Some(Credentials::new(user, decoded(password)?)),
            _ => return Err("a user and a password belong together: smtp://USER:PASSWORD@HOST".to_owned()),
        };
        Ok(Self {
            server_name: ServerName::try_from(bare.clone()).map_err(|_| ACCEPTED.to_owned())?,
            host: bare,
            port: url.port().unwrap_or(port),
            encryption,
            credentials,
            hello: ClientId::Domain(hello.to_owned()),
            tls: connector(authorities)?,
            timeouts: Timeouts::default(),
        })
    }
}

impl fmt::Debug for Relay {
    /// Without the password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Relay({}:{}, {:?})", self.host, self.port, self.encryption)
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn connector(authorities: Option<&Path>) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = authorities {
        let unreadable = |error: &dyn fmt::Display| format!("{}: {error}", path.display());
        let mut added = 0;
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unreadable(&error))? {
            let certificate = certificate.map_err(|error| unreadable(&error))?;
            roots.add(certificate).map_err(|error| unreadable(&error))?;
            added += 1;
        }
        if added == 0 {
            return Err(unreadable(&"no certificate stands in it"));
        }
    }
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The domain of an address as the wire wants it: `räksmörgås.example` as `xn--…`. None when it is no domain.
pub(crate) fn ascii_domain(domain: &str) -> Option<String> {
    match Host::parse(domain) {
        Ok(Host::Domain(domain)) => Some(domain),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relay(address: &str) -> Result<Relay, String> {
        Relay::new(address, "register.example.org", None)
    }

    #[test]
    fn without_encryption_mail_goes_to_this_machine_only() {
        for (address, encryption, port) in [
            ("smtp://127.0.0.1", Encryption::None, 25),
            ("smtp://localhost:2525", Encryption::None, 2525),
            ("smtp://[::1]:2525", Encryption::None, 2525),
            ("smtp://localhost.example.org", Encryption::Required, 587),
            ("smtp://127.0.0.1.example.org:25", Encryption::Required, 25),
            ("smtp://localhost:2525?tls=required", Encryption::Required, 2525),
            ("smtp://relay.example.org", Encryption::Required, 587),
            ("smtps://relay.example.org", Encryption::Implicit, 465),
        ] {
            let relay = relay(address).unwrap();
            assert_eq!((relay.encryption, relay.port), (encryption, port), "{address}");
        }
    }

    #[test]
    fn what_is_no_relay_is_refused() {
        for address in [
            "relay.example.org",
            "http://relay.example.org",
            "smtp://",
            "smtp://user@relay.example.org",
            "smtp://host?tls=no",
            "smtp://host/x",
        ] {
            assert!(relay(address).is_err(), "{address}");
        }
    }

    #[test]
    fn a_password_may_hold_any_letter_and_is_not_shown() {
        let relay = relay("smtps://medlem%40example.org:hemlig%3Aord@relay.example.org").unwrap();
        assert_eq!(relay.credentials, Some(Credentials::new("medlem@example.org".into(), "hemlig:ord".into())));
        assert!(!format!("{relay:?}").contains("hemlig"));
    }

    #[test]
    fn domains_are_written_as_the_wire_wants_them() {
        assert_eq!(ascii_domain("räksmörgås.example").as_deref(), Some("xn--rksmrgs-5wao1o.example"));
        assert_eq!(ascii_domain("example.org").as_deref(), Some("example.org"));
    }
}
