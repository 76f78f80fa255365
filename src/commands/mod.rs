//! What the commands do.

/// Prints a line. When nobody reads any more (`matrikel … | head`), the command ends as if it had been read.
macro_rules! out {
    ($($line:tt)*) => {
        if std::io::Write::write_fmt(&mut std::io::stdout(), format_args!("{}\n", format_args!($($line)*))).is_err() {
            std::process::exit(0);
        }
    };
}

pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod files;
pub(crate) mod lifecycle;
pub(crate) mod mails;
pub(crate) mod search;
pub(crate) mod serve;
pub(crate) mod tokens;
pub(crate) mod work;

use std::error::Error;
use std::io::IsTerminal;

use jobs::Clock;
use matrikel::config::{Config, LogFormat};
use matrikel::database::{self, OpenError, Opened, Purpose};

/// Anything that ends a command; told in one line.
pub(crate) type Failure = Box<dyn Error>;

/// Opens the register that the settings name.
pub(crate) async fn open(config: &Config, purpose: Purpose) -> Result<Opened, OpenError> {
    database::open(config, purpose, Clock::system(config.time_zone)).await
}

/// An error with what caused it, on one line.
pub(crate) fn told(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !told.contains(&text) {
            told = format!("{told}: {text}");
        }
        cause = error.source();
    }
    told.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Starts the log of a process that runs for long.
pub(crate) fn start_log(config: &Config) {
    // What the libraries say at `info` is for their authors.
    let filter =
        tracing_subscriber::EnvFilter::new(format!("{},actix_server=warn,sea_orm_migration=warn,sqlx=warn", config.log_level));
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    match config.log_format {
        LogFormat::Json => lines.json().init(),
        LogFormat::Text => lines.init(),
    }
}
