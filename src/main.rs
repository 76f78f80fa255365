//! The command line; wiring only.

use std::net::TcpListener;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use entity::Vocabulary;
use entity::api_token::TokenRole;
use jobs::Clock;
use jobs::history::Actor;
use matrikel::access::tokens;
use matrikel::config::{Config, LogFormat};
use matrikel::database::{self, Purpose};
use matrikel::state::State;
use matrikel::web;

/// The membership register.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answers requests.
    Serve {
        /// Fills an empty register with 2,000 invented members and prints a token.
        #[arg(long)]
        demo: bool,
    },
    /// Makes or upgrades the tables.
    Migrate,
    /// Tokens of the API.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Shows the settings in force.
    Config,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Makes a token and prints it alone on the last line.
    Create {
        /// staff, registrar, privacy_officer, administrator or feed.
        #[arg(long, value_parser = token_role)]
        role: TokenRole,
        /// What it is for.
        #[arg(long)]
        label: String,
    },
}

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Config::load() {
        Ok(config) => run(Arguments::parse().command, config).await,
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("matrikel: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command, config: Config) -> Result<(), Failure> {
    let clock = Clock::system(config.time_zone);
    match command {
        Command::Serve { .. } => {
            start_log(&config);
            let opened = database::open(&config, Purpose::Serve, clock).await?;
            web::health::gather_metrics();
            let listener = TcpListener::bind(config.listen)?;
            let state = State::new(config, &opened);
            web::serve(state, listener)?.await?;
        }
        Command::Migrate => drop(database::open(&config, Purpose::Upgrade, clock).await?),
        Command::Token(TokenCommand::Create { role, label }) => {
            let opened = database::open(&config, Purpose::Use, clock).await?;
            let text = opened
                .store
                .write(&Actor::system(), async |write| Ok(tokens::create(write, role, &label, None).await?.1))
                .await?;
            println!("{text}");
        }
        Command::Config => print!("{}", config.describe()),
    }
    Ok(())
}

fn token_role(text: &str) -> Result<TokenRole, String> {
    TokenRole::from_word(text).ok_or_else(|| format!("write one of {}", TokenRole::words().join(", ")))
}

fn start_log(config: &Config) {
    // What the libraries say at `info` is for their authors.
    let filter = tracing_subscriber::EnvFilter::new(format!("{},actix_server=warn,sea_orm_migration=warn", config.log_level));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Json => lines.json().init(),
        LogFormat::Text => lines.init(),
    }
}
