//! Encrypted conversations with a relay: TLS from the first byte, STARTTLS, and certificates that are not to be trusted.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use entity::outbox::MailState;
use jobs::courier::Courier;
use jobs::outbox::queue::Which;
use jobs::transport::{Relay, Transport};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

use crate::app::TestApp;
use crate::mail_faults::row;
use crate::mails::notice;
use crate::smtp_server::SmtpServer;

/// Stands before a server and takes the encryption off; it speaks only under it, or offers STARTTLS first.
struct TlsFront {
    address: SocketAddr,
    certificate: PathBuf,
}

impl TlsFront {
    async fn start(app: &TestApp, server: SocketAddr, starttls: bool) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let certificate = app.place.folder().join("relay.pem");
        std::fs::write(&certificate, made.cert.pem()).expect("it can be written");
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .expect("the key fits");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        actix_web::rt::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that does not trust it goes away.
                actix_web::rt::spawn(pass_on(stream, server, acceptor.clone(), starttls));
            }
        });
        Self { address, certificate }
    }
}

async fn pass_on(stream: TcpStream, server: SocketAddr, acceptor: TlsAcceptor, starttls: bool) -> std::io::Result<()> {
    let mut outside = BufReader::new(stream);
    let mut inside = BufReader::new(TcpStream::connect(server).await?);
    if starttls {
        let mut line = String::new();
        inside.read_line(&mut line).await?;
        outside.get_mut().write_all(line.as_bytes()).await?;
        for answer in ["250-test\r\n250 STARTTLS\r\n", "220 go on\r\n"] {
            outside.read_line(&mut line).await?;
            outside.get_mut().write_all(answer.as_bytes()).await?;
        }
        assert!(line.ends_with("STARTTLS\r\n"), "{line}");
    }
    let mut outside = acceptor.accept(outside.into_inner()).await?;
    tokio::io::copy_bidirectional(&mut outside, &mut inside).await?;
    Ok(())
}

on_both_engines!(mail_travels_encrypted_to_a_relay_that_is_trusted_and_to_no_other);
async fn mail_travels_encrypted_to_a_relay_that_is_trusted_and_to_no_other(app: TestApp) {
    app.start_mailing().await;
    for (starttls, scheme, parameters) in [(false, "smtps", ""), (true, "smtp", "?tls=required")] {
        let server = SmtpServer::kind();
        let front = TlsFront::start(&app, server.address, starttls).await;
        let id = app.enqueue(notice(scheme, "anna@example.org")).await.id();
        let drain = async |host: &str, trusted: bool| {
            let address = format!("{scheme}://union:hemligt@{host}:{}{parameters}", front.address.port());
            let relay = Relay::new(&address, "register.example.org", trusted.then_some(front.certificate.as_path()));
            let transport = Transport::Relay(Box::new(relay.expect("an address")));
            let courier = Courier::new(app.store().clone(), app.state.outbox.clone(), transport);
            courier.drain(Which::All).await.expect("it drains");
            app.pass(chrono::Duration::minutes(10));
        };
        // Nobody vouches for it; then somebody does, but it says that it is another.
        for (host, trusted) in [("localhost", false), ("127.0.0.1", true)] {
            drain(host, trusted).await;
            let row = row(&app, id).await;
            assert_eq!(row.state, MailState::Retry);
            assert_eq!(row.last_error.as_deref(), Some("TLS: the relay's certificate is not to be trusted"), "{scheme} {host}");
            assert!(server.commands().is_empty(), "nothing was said to it");
        }
        drain("localhost", true).await;
        assert_eq!(row(&app, id).await.state, MailState::Accepted, "{scheme}");
        assert_eq!(server.accepted().len(), 1);
        assert!(server.commands().iter().any(|command| command.starts_with("AUTH PLAIN")));
    }
}
