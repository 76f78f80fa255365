//! The command line; wiring only. What the commands do stands in `commands`.

mod commands;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use entity::Vocabulary;
use entity::account::AccountRole;
use entity::api_token::TokenRole;
use entity::import_batch::{ImportKind, ImportMode};
use matrikel::config::Config;
use matrikel::lookup::Part;

use commands::{Failure, accounts, audit, backup, files, mails, search, serve, tokens, work};

/// The membership register of a trade union. Settings are MATRIKEL_* variables; `matrikel config` shows them.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answers requests, until SIGTERM or Ctrl-C.
    Serve {
        /// Fills an empty register with 2,000 invented members and prints a token that is valid for a day.
        #[arg(long)]
        demo: bool,
        /// Leaves mail and everything else that runs by itself to `matrikel work`. For PostgreSQL.
        #[arg(long)]
        no_jobs: bool,
    },
    /// Does what runs by itself, such as sending mail, and answers no requests. Until SIGTERM or Ctrl-C.
    Work,
    /// Takes a file in: all of it, or nothing when something is wrong with it.
    Import {
        /// What the file holds.
        kind: FileKind,
        /// CSV or XLSX; for members also JSON as `export` writes it.
        file: PathBuf,
        /// Only says what it would change.
        #[arg(long)]
        dry_run: bool,
        /// What happens to members that the register has: skip leaves them, fill fills what is blank, overwrite takes what
        /// the file says. A blank never wipes.
        #[arg(long, default_value = "fill", value_parser = word::<ImportMode>)]
        mode: ImportMode,
    },
    /// Gives a file out. Protected identities and personal identity numbers are left out, unless --everything is given.
    Export {
        /// What to export.
        kind: ExportKind,
        /// A new file; the ending says how: .xlsx, .csv or .json.
        file: PathBuf,
        /// With protected identities and personal identity numbers, as the privacy officer may see them.
        #[arg(long)]
        everything: bool,
    },
    /// Finds members by name, number, e-mail, telephone number or birth date, as a caller says it.
    Search {
        /// What was heard, for example "marit carlson".
        text: String,
        /// As JSON, in the shape of the API.
        #[arg(long)]
        json: bool,
        /// At most so many.
        #[arg(long, default_value_t = 20)]
        limit: u64,
        /// Former members too.
        #[arg(long)]
        include_former_members: bool,
    },
    /// Names of the register.
    #[command(subcommand)]
    Names(NamesCommand),
    /// Tokens of the API.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Accounts of the people who work with the register.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Writes an invented register as a file to be imported.
    DemoRegister {
        /// How many members.
        #[arg(long, default_value_t = 2_000)]
        members: usize,
        /// The same seed gives the same register on the same day.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// The file of the members.
        #[arg(long)]
        out: PathBuf,
        /// The file of the representatives.
        #[arg(long)]
        representatives: Option<PathBuf>,
    },
    /// Writes every kind of mail in every language into a folder, to be looked at: .eml, .txt and .html.
    Mails {
        /// The folder; made if it is not there.
        folder: PathBuf,
    },
    /// Lifecycle automation: lists that go to representatives by themselves.
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// The history of changes and the audit of reads.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Makes or upgrades the tables.
    Migrate,
    /// Copies the register into one file while it is in use, and checks the copy. The key is not in it.
    Backup {
        /// A new file.
        file: PathBuf,
    },
    /// Puts a backup in place of a register that is not there.
    Restore {
        /// What `backup` wrote.
        file: PathBuf,
    },
    /// Shows the settings in force.
    Config,
}

#[derive(Debug, Subcommand)]
enum NamesCommand {
    /// Lists the spellings in the register that are like a name, the best first.
    Similar {
        /// given or surname.
        #[arg(long, value_parser = part)]
        part: Part,
        /// The name.
        name: String,
        /// As JSON, in the shape of the API.
        #[arg(long)]
        json: bool,
        /// At most so many.
        #[arg(long, default_value_t = 20)]
        limit: u64,
        /// Counting former members too.
        #[arg(long)]
        include_former_members: bool,
    },
}

#[derive(Debug, Subcommand)]
enum JobsCommand {
    /// Lists the rules, the last runs, and what is not as it should be.
    List,
    /// Runs by hand what is due for a rule, and sends its mails before it ends. What has run is not run again.
    Run {
        /// The rule, for example graduate-follow-up.
        name: String,
        /// As of the end of this local day; left out, today.
        #[arg(long)]
        as_of: Option<chrono::NaiveDate>,
        /// Only says what it would do.
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Says whether a change is missing from the history, and whether each row of the read audit agrees with itself.
    Verify,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Makes a token and prints it alone on the last line: the only time that it is told.
    Create {
        /// staff, registrar, privacy_officer, administrator or feed.
        #[arg(long, value_parser = word::<TokenRole>)]
        role: TokenRole,
        /// What it is for.
        #[arg(long)]
        label: String,
        /// For how many days it is valid; without this it does not expire.
        #[arg(long)]
        days: Option<u32>,
    },
    /// Lists all tokens, without their texts.
    List,
    /// Revokes a token.
    Revoke {
        /// Its id, as `token list` shows it.
        id: uuid::Uuid,
    },
}

#[derive(Debug, Subcommand)]
enum AccountCommand {
    /// Makes an account and prints its set-up link alone on the last line: the only time that it is told.
    Create {
        /// What its holder types to sign in.
        #[arg(long)]
        email: String,
        /// Her name.
        #[arg(long)]
        name: String,
        /// staff, registrar, privacy_officer or administrator; may be given more than once.
        #[arg(long = "role", required = true, value_parser = word::<AccountRole>)]
        roles: Vec<AccountRole>,
    },
    /// Lists all accounts.
    List,
    /// Gives an account a new set-up link: password and second factor are over at once.
    Reset {
        /// Its id, as `account list` shows it.
        id: uuid::Uuid,
    },
    /// Ends an account: it signs in no more.
    End {
        /// Its id, as `account list` shows it.
        id: uuid::Uuid,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FileKind {
    Members,
    Representatives,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ExportKind {
    Members,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match Config::load() {
        Ok(config) => run(arguments.command, config).await,
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("matrikel: {}", commands::told(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command, config: Config) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve { demo, no_jobs } => serve::serve(config, demo, !no_jobs).await?,
        Command::Work => work::work(&config).await?,
        Command::Import { kind, file, dry_run, mode } => {
            let kind = match kind {
                FileKind::Members => ImportKind::Members,
                FileKind::Representatives => ImportKind::Representatives,
            };
            return files::import(&config, kind, &file, mode, dry_run).await;
        }
        Command::Export { kind: ExportKind::Members, file, everything } => files::export(&config, &file, everything).await?,
        Command::Search { text, json, limit, include_former_members } => {
            search::search(&config, text, limit, include_former_members, json).await?;
        }
        Command::Names(NamesCommand::Similar { part, name, json, limit, include_former_members }) => {
            search::similar(&config, part, name, limit, include_former_members, json).await?;
        }
        Command::Token(TokenCommand::Create { role, label, days }) => tokens::create(&config, role, &label, days).await?,
        Command::Account(AccountCommand::Create { email, name, roles }) => {
            accounts::create(&config, &email, &name, roles).await?;
        }
        Command::Account(AccountCommand::List) => accounts::list(&config).await?,
        Command::Account(AccountCommand::Reset { id }) => accounts::reset(&config, id).await?,
        Command::Account(AccountCommand::End { id }) => accounts::end(&config, id).await?,
        Command::Token(TokenCommand::List) => tokens::list(&config).await?,
        Command::Token(TokenCommand::Revoke { id }) => tokens::revoke(&config, id).await?,
        Command::DemoRegister { members, seed, out, representatives } => {
            files::demo_register(&config, members, seed, &out, representatives.as_deref())?;
        }
        Command::Mails { folder } => mails::mails(&config, &folder)?,
        Command::Jobs(JobsCommand::List) => commands::lifecycle::list(&config).await?,
        Command::Jobs(JobsCommand::Run { name, as_of, dry_run }) => {
            commands::lifecycle::run(&config, &name, as_of, dry_run).await?
        }
        Command::Audit(AuditCommand::Verify) => return audit::verify(&config).await,
        Command::Migrate => serve::migrate(&config).await?,
        Command::Backup { file } => backup::backup(&config, &file).await?,
        Command::Restore { file } => backup::restore(&config, &file).await?,
        Command::Config => print!("{}", config.describe()),
    }
    Ok(ExitCode::SUCCESS)
}

/// A word of one of the register's vocabularies.
fn word<T: Vocabulary>(text: &str) -> Result<T, String> {
    T::from_word(text).ok_or_else(|| format!("write one of {}", T::words().join(", ")))
}

fn part(text: &str) -> Result<Part, String> {
    match text {
        "given" => Ok(Part::Given),
        "surname" => Ok(Part::Surname),
        _ => Err("write given or surname".to_owned()),
    }
}
