//! The settings: `MATRIKEL_*` variables over an optional `matrikel.toml`. The only place that reads the environment.

use std::fmt::Display;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use jobs::lifecycle::Offices;
use jobs::outbox::Outbox;
use jobs::texts::Language;
use jobs::transport::{Files, Relay, Transport};
use serde::{Deserialize, Serialize};

use crate::access::assurance::LinkShows;
use crate::access::network::Networks;
use crate::members::retention::Retention;

/// What is in force.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the register's files are kept.
    pub data_dir: PathBuf,
    /// `sqlite://…` or `postgres://…`; by default `matrikel.db` in the data folder.
    pub database_url: Option<String>,
    /// At most this many connections to the database.
    pub database_connections: u32,
    /// Address and port to answer on.
    pub listen: SocketAddr,
    /// How the service is reached from outside; plain http only on loopback.
    pub public_url: Option<String>,
    /// The organisation's time zone.
    pub time_zone: Tz,
    /// Country (ISO 3166-1 alpha-2) by which telephone and identity numbers of members without a country are read.
    pub default_country: String,
    /// The key that seals secrets; by default `key` in the data folder.
    pub key_file: Option<PathBuf>,
    /// `text` or `json`.
    pub log_format: LogFormat,
    /// `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,matrikel=debug`.
    pub log_level: String,
    /// How many requests are answered at once; more are told to come back (503).
    pub max_requests: usize,
    /// The largest file taken over HTTP for import, in bytes.
    pub max_upload: usize,
    /// How long leavers are kept, by class.
    pub retention: Retention,
    /// The relay that takes mails, `smtp://` or `smtps://`; without it they are written into files.
    pub smtp_url: Option<String>,
    /// Authorities that are trusted beside those of browsers when the relay is asked who it is: a PEM file.
    pub smtp_ca_file: Option<PathBuf>,
    /// From whom mails are: `Name <address>`; has to be set when a relay is.
    pub mail_from: Option<String>,
    /// Address of the office, which takes what has no representative; by default that of `mail_from`.
    pub office_mail: Option<String>,
    /// Address of the privacy officer, who takes protected identities; by default that of `mail_from`.
    pub privacy_mail: Option<String>,
    /// Address of the administrator, who is told when a run is missing; by default that of `mail_from`.
    pub administrator_mail: Option<String>,
    /// Language of mails to people of whom the register does not know a language that mails are written in.
    pub default_language: Language,
    /// Addresses and networks of the proxies in front, separated by commas: what they say of where a request comes from is
    /// believed.
    pub trusted_proxies: Networks,
    /// What a session shows that began with a mailed link.
    pub link_shows: LinkShows,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: "data".into(),
            database_url: None,
            database_connections: 10,
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            time_zone: chrono_tz::Europe::Stockholm,
            default_country: "SE".into(),
            key_file: None,
            log_format: LogFormat::Text,
            log_level: "info".into(),
            max_requests: 512,
            max_upload: 64 << 20,
            retention: Retention::default(),
            smtp_url: None,
            smtp_ca_file: None,
            mail_from: None,
            office_mail: None,
            privacy_mail: None,
            administrator_mail: None,
            default_language: Language::Sv,
            trusted_proxies: Networks::default(),
            link_shows: LinkShows::Contact,
        }
    }
}

/// A setting is wrong; the message is one line that says which and what is accepted.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl Config {
    /// Reads `matrikel.toml` (or the file that `MATRIKEL_CONFIG` names) and the environment, and checks what they say.
    ///
    /// # Errors
    /// An unknown setting, or a value that is not accepted.
    pub fn load() -> Result<Self, ConfigError> {
        #[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
        let named = std::env::var_os("MATRIKEL_CONFIG");
        let file = named.as_deref().map_or(Path::new("matrikel.toml"), Path::new);
        config::Config::builder()
            .add_source(config::File::from(file).format(config::FileFormat::Toml).required(named.is_some()))
            .add_source(Environment)
            .build()
            .and_then(config::Config::try_deserialize::<Self>)
            .map_err(|error| ConfigError(format!("settings: {}", one_line(&error))))?
            .checked()
    }

    fn checked(self) -> Result<Self, ConfigError> {
        let wrong = |name: &str, detail: String| Err(ConfigError(format!("MATRIKEL_{name}: {detail}")));
        if let Some(url) = &self.database_url
            && !["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme))
        {
            return wrong("DATABASE_URL", "write sqlite://PATH or postgres://USER@HOST/DATABASE".into());
        }
        if self.database_connections < 2 {
            return wrong("DATABASE_CONNECTIONS", "at least 2 are needed".into());
        }
        if crate::members::rules::country(&self.default_country).as_ref() != Ok(&self.default_country) {
            return wrong("DEFAULT_COUNTRY", "write two capital letters, for example SE, FI, NO, DK".into());
        }
        if self.max_requests == 0 {
            return wrong("MAX_REQUESTS", "at least 1 is needed".into());
        }
        if let Some(url) = &self.public_url {
            let loopback = ["http://127.0.0.1", "http://localhost", "http://[::1]"]
                .iter()
                .any(|start| url.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/'])));
            if !url.starts_with("https://") && !loopback {
                return wrong(
                    "PUBLIC_URL",
                    "write https://…; plain http is accepted for this machine only (127.0.0.1, localhost)".into(),
                );
            }
        }
        if self.smtp_url.is_some() && self.mail_from.is_none() {
            return wrong("MAIL_FROM", "with MATRIKEL_SMTP_URL it is needed: write Name <address>".into());
        }
        if let Err(error) = self.outbox() {
            return wrong("MAIL_FROM", format!("{error}; write Name <address>"));
        }
        for (name, address) in [
            ("OFFICE_MAIL", &self.office_mail),
            ("PRIVACY_MAIL", &self.privacy_mail),
            ("ADMINISTRATOR_MAIL", &self.administrator_mail),
        ] {
            if let Some(Err(error)) = address.as_deref().map(crate::members::rules::email) {
                return wrong(name, error);
            }
        }
        if let Err(error) = self.transport() {
            return wrong("SMTP_URL", error);
        }
        if let Err(error) = tracing_subscriber::EnvFilter::try_new(&self.log_level) {
            return wrong("LOG_LEVEL", format!("{error}; write error, warn, info, debug or trace"));
        }
        Ok(self)
    }

    /// The database's address.
    pub fn database_url(&self) -> String {
        self.database_url.clone().unwrap_or_else(|| format!("sqlite://{}", self.data_dir.join("matrikel.db").display()))
    }

    /// The file with the key.
    pub fn key_file(&self) -> PathBuf {
        self.key_file.clone().unwrap_or_else(|| self.data_dir.join("key"))
    }

    /// The file with the ids of all who were erased. It belongs to no backup, so that a restored one can be made to forget
    /// them again.
    pub fn erasures_file(&self) -> PathBuf {
        self.data_dir.join("erasures")
    }

    /// Where mails are written as long as there is no relay.
    pub fn mail_folder(&self) -> PathBuf {
        self.data_dir.join("mail")
    }

    /// How the service is reached.
    pub fn public_url(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://{}", self.listen)).trim_end_matches('/').to_owned()
    }

    /// How mails are written.
    ///
    /// # Errors
    /// When `mail_from` is no address.
    pub fn outbox(&self) -> jobs::Result<Outbox> {
        let sender = self.mail_from.as_deref().unwrap_or("Matrikel <matrikel@localhost>");
        Outbox::new(sender, self.public_url(), self.default_language)
    }

    /// The union's own addresses.
    pub fn offices(&self) -> Offices {
        let sender = self.mail_from.as_deref().unwrap_or("matrikel@localhost");
        let sender = sender.rsplit_once('<').map_or(sender, |(_, address)| address.trim_end_matches('>')).trim();
        let or_sender = |address: &Option<String>| address.clone().unwrap_or_else(|| sender.to_owned());
        Offices {
            office: or_sender(&self.office_mail),
            privacy_officer: or_sender(&self.privacy_mail),
            administrator: or_sender(&self.administrator_mail),
        }
    }

    /// Where mails go.
    ///
    /// # Errors
    /// One line that says what is wrong with the relay's address.
    pub fn transport(&self) -> Result<Transport, String> {
        let Some(address) = &self.smtp_url else {
            return Ok(Transport::Files(Files { folder: self.mail_folder() }));
        };
        let url = self.public_url();
        let host = url.split("://").nth(1).and_then(|rest| rest.split([':', '/']).next()).unwrap_or("localhost");
        Ok(Transport::Relay(Box::new(Relay::new(address, host, self.smtp_ca_file.as_deref())?)))
    }

    /// Whether it is reached by https: then cookies are for https only.
    pub fn is_secure(&self) -> bool {
        self.public_url().starts_with("https://")
    }

    /// What is in force, one `name = value` a line, with the passwords of the database and the relay left out.
    pub fn describe(&self) -> String {
        let mut shown = self.clone();
        shown.database_url = Some(without_password(&self.database_url()));
        shown.smtp_url = self.smtp_url.as_deref().map(without_password);
        shown.key_file = Some(self.key_file());
        shown.public_url = Some(self.public_url());
        let Ok(serde_json::Value::Object(settings)) = serde_json::to_value(&shown) else { return String::new() };
        let mut lines: Vec<String> = settings.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
        lines.sort();
        lines.concat()
    }
}

/// `MATRIKEL_*`, lower-cased and without the prefix; blank means not set.
#[derive(Clone, Debug)]
struct Environment;

impl config::Source for Environment {
    fn clone_into_box(&self) -> Box<dyn config::Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<config::Map<String, config::Value>, config::ConfigError> {
        config::Environment::with_prefix("MATRIKEL").prefix_separator("_").ignore_empty(true).try_parsing(true).collect().map(
            |mut settings| {
                settings.remove("config");
                settings
            },
        )
    }
}

fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    match rest.split_once('@') {
        Some((user, host)) if user.contains(':') => {
            format!("{scheme}://{}:…@{host}", user.split(':').next().unwrap_or_default())
        }
        _ => url.to_owned(),
    }
}

fn one_line(error: &impl Display) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for (url, accepted) in [
            ("https://register.example.org", true),
            ("http://127.0.0.1:8080", true),
            ("http://localhost", true),
            ("http://register.example.org", false),
            ("http://localhost.example.org", false),
            ("ftp://register.example.org", false),
        ] {
            let config = Config { public_url: Some(url.into()), ..Default::default() };
            assert_eq!(config.checked().is_ok(), accepted, "{url}");
        }
    }

    #[test]
    fn the_description_holds_no_password() {
        let config =
            Config { database_url: Some("postgres://matrikel:hemligt@db.example.org/matrikel".into()), ..Default::default() };
        assert!(!config.describe().contains("hemligt"));
        assert!(config.describe().contains("db.example.org"));
        let config = Config { smtp_url: Some("smtps://union:hemligt@relay.example.org".into()), ..Default::default() };
        assert!(!config.describe().contains("hemligt"));
        assert!(config.describe().contains("relay.example.org"));
    }
}
