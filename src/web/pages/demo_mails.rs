//! The demo's mail folder: what Matrikel has mailed, to be read where it runs. Only in a register marked as the demo, on
//! this machine.

use std::path::Path;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use askama::Template;
use chrono::DateTime;
use jobs::{Error, Result};
use mail_parser::MessageParser;
use uuid::Uuid;

use super::shell::Shell;
use super::{demo, give, words};
use crate::state::State;
use crate::web::extract::Id;
use crate::web::problem::Result as Outcome;
use crate::web::recognise;

/// How many mails are listed.
const MOST: usize = 50;

struct Mail {
    id: Uuid,
    to: String,
    subject: String,
    at: String,
    text: String,
}

/// A piece of a mail's text.
struct Piece {
    text: String,
    /// Where it leads, when it is a link to here.
    link: Option<String>,
}

#[derive(Template)]
#[template(path = "demo_mails.html")]
struct MailsPage {
    page: Shell,
    mails: Vec<Mail>,
}

#[derive(Template)]
#[template(path = "demo_mail.html")]
struct MailPage {
    page: Shell,
    mail: Mail,
    pieces: Vec<Piece>,
}

/// Lists the newest mails.
#[get("/demo/mails")]
pub(crate) async fn list_mails(request: HttpRequest, state: Data<State>) -> Outcome<HttpResponse> {
    demo::only_here(&request, &state)?;
    let page = shell(&request, &state);
    let mut files: Vec<_> = match std::fs::read_dir(state.config.mail_folder()) {
        Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
        // Nothing has been mailed yet.
        Err(_) => Vec::new(),
    };
    files.retain(|path| path.extension().is_some_and(|ending| ending == "eml"));
    // Names sort by the time at which mails were written.
    files.sort();
    let mails = files.iter().rev().take(MOST).filter_map(|path| read(&state, &page, path).ok());
    give(&MailsPage { mails: mails.collect(), page })
}

/// Opens one of them.
#[get("/demo/mails/{id}")]
pub(crate) async fn open_mail(request: HttpRequest, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    demo::only_here(&request, &state)?;
    let page = shell(&request, &state);
    let mail = read(&state, &page, &state.config.mail_folder().join(format!("{}.eml", id.0)))?;
    let pieces = pieces(&mail.text, &state.config.public_url());
    give(&MailPage { page, mail, pieces })
}

fn shell(request: &HttpRequest, state: &State) -> Shell {
    Shell::of(request, state, recognise::caller(request).ok().as_ref())
}

fn read(state: &State, page: &Shell, path: &Path) -> Result<Mail> {
    let id = path.file_stem().and_then(|name| name.to_str()).and_then(|name| name.parse().ok()).ok_or(Error::NotFound)?;
    let bytes = std::fs::read(path).map_err(|_| Error::NotFound)?;
    let message = MessageParser::default().parse(&bytes).ok_or(Error::NotFound)?;
    let to = message.to().and_then(|to| to.first());
    let to = [to.and_then(|to| to.name()), to.and_then(|to| to.address())].into_iter().flatten();
    let at = message.date().and_then(|date| DateTime::from_timestamp(date.to_timestamp(), 0));
    Ok(Mail {
        id,
        to: to.collect::<Vec<_>>().join(", "),
        subject: message.subject().unwrap_or_default().to_owned(),
        at: at.map(|at| words::moment(page.language, state.config.time_zone, at)).unwrap_or_default(),
        text: message.body_text(0).unwrap_or_default().replace("\r\n", "\n"),
    })
}

/// `text` in pieces, those that are links to `here` apart.
fn pieces(text: &str, here: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(here) {
        let (before, link) = rest.split_at(at);
        let end = link.find(char::is_whitespace).unwrap_or(link.len());
        pieces.push(Piece { text: before.to_owned(), link: None });
        pieces.push(Piece { text: link[..end].to_owned(), link: Some(link[here.len()..end].to_owned()) });
        rest = &link[end..];
    }
    pieces.push(Piece { text: rest.to_owned(), link: None });
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_here_can_be_followed_and_others_cannot() {
        let text = "See http://here:1/a?b=c\nand http://there/x .";
        let pieces = pieces(text, "http://here:1");
        assert_eq!(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>(), text);
        let links: Vec<&str> = pieces.iter().filter_map(|piece| piece.link.as_deref()).collect();
        assert_eq!(links, ["/a?b=c"]);
    }
}
