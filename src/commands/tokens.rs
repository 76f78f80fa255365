//! `matrikel token`.

use chrono::Duration;
use entity::Vocabulary;
use entity::api_token::TokenRole;
use jobs::history::Actor;
use matrikel::access::tokens;
use matrikel::config::Config;
use matrikel::database::Purpose;
use uuid::Uuid;

use super::{Failure, open};

pub(crate) async fn create(config: &Config, role: TokenRole, label: &str, days: Option<u32>) -> Result<(), Failure> {
    let opened = open(config, Purpose::Use).await?;
    let expires_at = days.map(|days| opened.store.clock().now() + Duration::days(days.into()));
    let text =
        opened.store.write(&Actor::system(), async |write| Ok(tokens::create(write, role, label, expires_at).await?.1)).await?;
    match expires_at {
        Some(end) => eprintln!("A token for {} that is valid until {}:", role.word(), end.format("%Y-%m-%d %H:%M UTC")),
        None => eprintln!("A token for {} that does not expire (see --days):", role.word()),
    }
    out!("{text}");
    Ok(())
}

pub(crate) async fn list(config: &Config) -> Result<(), Failure> {
    let opened = open(config, Purpose::Use).await?;
    let now = opened.store.clock().now();
    for token in tokens::list(&opened.store).await? {
        let state = if token.revoked_at.is_some() {
            "revoked".to_owned()
        } else {
            match token.expires_at {
                Some(end) if end <= now => "expired".to_owned(),
                Some(end) => format!("valid until {}", end.format("%Y-%m-%d")),
                None => "valid".to_owned(),
            }
        };
        let used = token.last_used_at.map_or("never used".to_owned(), |at| format!("last used {}", at.format("%Y-%m-%d")));
        out!("{}  {:<15}  {state}, {used}  {}", token.id, token.role.word(), token.label);
    }
    Ok(())
}

pub(crate) async fn revoke(config: &Config, id: Uuid) -> Result<(), Failure> {
    let opened = open(config, Purpose::Use).await?;
    tokens::revoke(&opened.store, &Actor::system(), id).await?;
    out!("The token {id} is revoked.");
    Ok(())
}
