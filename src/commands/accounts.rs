//! `matrikel account`: the first administrator, and the way back in for the last one.

use entity::Vocabulary as _;
use entity::account::{AccountRole, Roles};
use jobs::history::Actor;
use matrikel::access::accounts::{self, NewAccount};
use matrikel::config::Config;
use matrikel::database::Purpose;
use matrikel::members::rules;
use uuid::Uuid;

use super::{Failure, open};

pub(crate) async fn create(config: &Config, email: &str, name: &str, roles: Vec<AccountRole>) -> Result<(), Failure> {
    let email = rules::email(email).map_err(|detail| format!("--email {detail}"))?;
    let name = rules::name(name).map_err(|detail| format!("--name {detail}"))?;
    let opened = open(config, Purpose::Use).await?;
    let new = NewAccount { email, name, roles: Roles::new(roles), language: None };
    let (row, secret) =
        opened.store.write(&Actor::system(), async |write| accounts::create(write, &opened.keys, new.clone()).await).await?;
    eprintln!("The account {} is made. Open this within three days to choose password and second factor:", row.id);
    out!("{}/set-up/{secret}", config.public_url());
    Ok(())
}

pub(crate) async fn list(config: &Config) -> Result<(), Failure> {
    let opened = open(config, Purpose::Use).await?;
    for account in accounts::list(opened.store.database()).await? {
        let roles: Vec<String> = account.roles.iter().map(|role| role.word()).collect();
        let state = account.ended_at.map_or("open".to_owned(), |at| format!("ended {}", at.format("%Y-%m-%d")));
        out!("{}  {:<30}  {}, {state}  {}", account.id, roles.join("+"), account.email, account.name);
    }
    Ok(())
}

pub(crate) async fn reset(config: &Config, id: Uuid) -> Result<(), Failure> {
    let opened = open(config, Purpose::Use).await?;
    let outbox = config.outbox()?;
    let reset = async |write: &jobs::Write| accounts::reset(write, &opened.keys, &outbox, id).await;
    let (_, secret) = opened.store.write(&Actor::system(), reset).await?;
    eprintln!("Password and second factor are over. Open this within three days to choose new ones:");
    out!("{}/set-up/{secret}", config.public_url());
    Ok(())
}

pub(crate) async fn end(config: &Config, id: Uuid) -> Result<(), Failure> {
    let opened = open(config, Purpose::Use).await?;
    opened.store.write(&Actor::system(), async |write| accounts::end(write, id).await).await?;
    out!("The account {id} has ended.");
    Ok(())
}
