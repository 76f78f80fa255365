//! `matrikel search` and `matrikel names similar`.

use entity::api_token::TokenRole;
use entity::read_audit::Access;
use jobs::Store;
use matrikel::access::audit::{Reading, Recorder, Shown};
use matrikel::access::caller::Caller;
use matrikel::config::Config;
use matrikel::database::Purpose;
use matrikel::lookup::{Class, Filter, Part};
use matrikel::members::name_index::NameIndex;
use matrikel::members::search::{self, Search};
use serde_json::json;

use super::{Failure, open};

pub(crate) async fn search(
    config: &Config,
    text: String,
    limit: u64,
    include_former_members: bool,
    as_json: bool,
) -> Result<(), Failure> {
    let opened = open(config, Purpose::Use).await?;
    let names = index(&opened.store).await?;
    let caller = staff();
    let filter = Filter { include_former_members, ..Filter::default() };
    let asked = Search { text, filter, limit: limit.clamp(1, 200) as usize };
    let found = search::search(&opened.store, &names, &caller.viewer(), asked).await?;
    let audit = Recorder::start(opened.audit.clone(), opened.store.clock().clone());
    let reading = Reading { actor: caller.actor().clone(), operation: "search_members", request_id: None };
    let shown = Shown::Members(found.items.iter().map(|member| member.id).collect());
    let found = audit.record(&reading, Access::Listed, shown, found).await?.into_inner();
    if as_json {
        out!("{}", serde_json::to_string_pretty(&found)?);
        return Ok(());
    }
    if found.items.is_empty() {
        out!("Nobody was found. Try fewer letters, another spelling, or --include-former-members.");
    }
    for member in &found.items {
        let born = member.birth_date.map_or_else(String::new, |day| day.to_string());
        let name = format!("{} {}", member.given_names, member.surname);
        let place = [member.city.as_deref(), member.workplace.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(", ");
        let why: Vec<String> =
            member.r#match.why.iter().map(|why| format!("{} {} {}", why.asked, told(why.class), why.found)).collect();
        out!("{:<10} {name:<32} {born:<10} {place}", member.member_number);
        out!("{:10} {}", "", why.join("; "));
    }
    if found.more {
        out!("There are more: type more, or set --limit.");
    }
    for word in &found.spellings {
        let spellings: Vec<String> =
            word.alternatives.iter().map(|other| format!("{} ({})", other.spelling, other.members)).collect();
        if !spellings.is_empty() {
            out!("Like {}: {}", word.asked, spellings.join(", "));
        }
    }
    Ok(())
}

pub(crate) async fn similar(
    config: &Config,
    part: Part,
    name: String,
    limit: u64,
    include_former_members: bool,
    as_json: bool,
) -> Result<(), Failure> {
    let opened = open(config, Purpose::Use).await?;
    let names = index(&opened.store).await?;
    let limit = limit.clamp(1, 200) as usize;
    let spellings = search::similar(&opened.store, &names, &staff().viewer(), name, part, limit, include_former_members).await?;
    if as_json {
        out!("{}", serde_json::to_string_pretty(&json!({"spellings": spellings}))?);
        return Ok(());
    }
    if spellings.is_empty() {
        out!("The register holds no such spelling.");
    }
    for spelling in spellings {
        out!("{:<32} {:>8}  {} ({})", spelling.spelling, spelling.members, told(spelling.class), spelling.score);
    }
    Ok(())
}

/// What staff see: whoever has the command line and wants to see protected members has other ways, which are noted.
fn staff() -> Caller {
    Caller::command_line(TokenRole::Staff)
}

async fn index(store: &Store) -> Result<NameIndex, Failure> {
    let names = NameIndex::default();
    names.catch_up(store).await?;
    Ok(names)
}

fn told(class: Class) -> &'static str {
    match class {
        Class::Number => "is the number",
        Class::Exact => "is",
        Class::SameWhenFolded => "is, without accents,",
        Class::Prefix => "begins",
        Class::SoundsLike => "sounds like",
        Class::Similar => "is similar to",
        Class::FormerName => "is like the former name",
        Class::Nickname => "is a nickname beside",
    }
}
