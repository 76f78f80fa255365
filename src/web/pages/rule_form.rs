//! The form in which an administrator makes or changes a lifecycle rule. What a rule can be follows from what its mails say:
//! that is chosen first, and the form asks only for what fits.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse, get, post};
use entity::Vocabulary;
use entity::lifecycle_rule::{self, Anchor, Audience, Content, Notice, Notices, Recipient, Recipients, Template};
use jobs::dates::{Month, Offset};
use jobs::error::FieldProblem;
use jobs::lifecycle::rule;
use jobs::texts::Language;
use jobs::{Error, Result};
use unicode_normalization::UnicodeNormalization as _;

use super::form::{Typed, Wrong};
use super::rules::{recipient, title};
use super::runs::notice;
use super::shell::Shell;
use super::texts::{Text, text};
use super::{give, give_with, see_other};
use crate::members::rules;
use crate::state::State;
use crate::web::answer::{Answer, Once};
use crate::web::api::lifecycle_rules;
use crate::web::extract::{Allowed, scope};
use crate::web::problem::Result as Outcome;

/// The longest short name that is made from a title, in letters: room is left for a number behind.
const KEY_LETTERS: usize = 50;

/// The short name of a new rule until its title is known.
const UNNAMED: &str = "x";

/// What can be ticked or chosen.
struct Choice {
    word: String,
    name: Text,
    is_chosen: bool,
}

/// A span of whole months and days, as it is typed.
struct Span {
    months: String,
    days: String,
}

#[derive(askama::Template)]
#[template(path = "rule_form.html")]
struct RulePage {
    page: Shell,
    heading: Text,
    /// Which copy is changed; of a new rule, what makes the form count once.
    version: String,
    title: String,
    /// Whether it came with the program, which names it.
    is_built_in: bool,
    anchor: Text,
    offset: Span,
    directions: Vec<Choice>,
    look_back: Span,
    audiences: Vec<Choice>,
    recipients: Vec<Choice>,
    notices: Vec<Choice>,
    contents: Vec<Choice>,
    wrongs: Vec<Wrong>,
    is_stale: bool,
}

#[derive(askama::Template)]
#[template(path = "rule_kinds.html")]
struct KindsPage {
    page: Shell,
    kinds: Vec<(String, Text, Text)>,
}

/// Asks what the mails of a new rule are to say.
#[get("/new-rule")]
pub(crate) async fn choose_kind(
    caller: Allowed<scope::Rules>,
    request: HttpRequest,
    state: Data<State>,
) -> Outcome<HttpResponse> {
    let page = Shell::of(&request, &state, Some(&caller));
    let kinds = [Template::Graduates, Template::StillStudying, Template::AppointmentEnding];
    let kinds = kinds.map(|kind| {
        let (name, lead) = kind_words(page.language, kind);
        (kind.word(), name, lead)
    });
    give(&KindsPage { kinds: kinds.into(), page })
}

/// Shows the form for a new rule.
#[get("/new-rule/{kind}")]
pub(crate) async fn new_rule(
    caller: Allowed<scope::Rules>,
    request: HttpRequest,
    state: Data<State>,
    kind: Path<String>,
) -> Outcome<HttpResponse> {
    let blank = blank(&state, &kind)?;
    let page = Shell::of(&request, &state, Some(&caller));
    let version = state.store.clock().new_id().to_string();
    give(&RulePage::of(page, &blank, version))
}

/// Makes a rule, which rests until it is switched on; its preview is shown.
#[post("/new-rule/{kind}")]
pub(crate) async fn make_rule(
    caller: Allowed<scope::Rules>,
    request: HttpRequest,
    state: Data<State>,
    kind: Path<String>,
    typed: Form<Typed>,
) -> Outcome<HttpResponse> {
    let blank = blank(&state, &kind)?;
    let (row, problems) = read(&blank, &typed);
    let version = typed.get("version").cloned().unwrap_or_default();
    if !problems.is_empty() {
        let page = Shell::of(&request, &state, Some(&caller));
        let body = RulePage::of(page, &row, version).typed(&typed).marked(&problems);
        return give_with(StatusCode::UNPROCESSABLE_ENTITY, &body);
    }
    let next_month = Month::of(state.store.clock().today()).next();
    let made = Once::of_form("rule", &version).settle(&state, &caller, &[], async |write| {
        let known = lifecycle_rules::list(write.database()).await?;
        let key = key(&row.title, |key| known.iter().any(|rule| rule.key == key));
        lifecycle_rules::add(write, lifecycle_rule::Model { key: key.clone(), ..row.clone() }).await?;
        Ok(Answer::nothing().at(format!("/rules/{key}/preview?period={next_month}&done=registered")))
    });
    Ok(see_other(made.await?.location().unwrap_or("/rules")))
}

/// Shows the form for a rule.
#[get("/rules/{rule}/edit")]
pub(crate) async fn edit_rule(
    caller: Allowed<scope::Rules>,
    request: HttpRequest,
    state: Data<State>,
    key: Path<String>,
) -> Outcome<HttpResponse> {
    let row = lifecycle_rules::load(state.store.database(), &key).await?;
    give(&RulePage::of(Shell::of(&request, &state, Some(&caller)), &row, row.version.to_string()))
}

/// Changes a rule; its preview is shown.
#[post("/rules/{rule}/edit")]
pub(crate) async fn save_rule(
    caller: Allowed<scope::Rules>,
    request: HttpRequest,
    state: Data<State>,
    key: Path<String>,
    typed: Form<Typed>,
) -> Outcome<HttpResponse> {
    let saved = state
        .store
        .write(caller.actor(), async |write| {
            let before = lifecycle_rules::load(write.database(), &key).await?;
            let (after, problems) = read(&before, &typed);
            if !problems.is_empty() {
                return Err(Error::Invalid(problems));
            }
            // A second press finds it done.
            if after != before && typed.get("version") != Some(&before.version.to_string()) {
                return Err(Error::Stale);
            }
            lifecycle_rules::store(write, &before, after).await.map(|_| ())
        })
        .await;
    let again = async || -> Result<RulePage> {
        let row = lifecycle_rules::load(state.store.database(), &key).await?;
        let page = Shell::of(&request, &state, Some(&caller));
        Ok(RulePage::of(page, &read(&row, &typed).0, row.version.to_string()).typed(&typed))
    };
    match saved {
        Ok(()) => {
            let next_month = Month::of(state.store.clock().today()).next();
            Ok(see_other(&format!("/rules/{key}/preview?period={next_month}&done=saved")))
        }
        Err(Error::Invalid(problems)) => give_with(StatusCode::UNPROCESSABLE_ENTITY, &again().await?.marked(&problems)),
        Err(Error::Stale) => give_with(StatusCode::CONFLICT, &RulePage { is_stale: true, ..again().await? }),
        Err(error) => Err(error.into()),
    }
}

/// A rule of this kind with what is usual.
fn blank(state: &State, kind: &str) -> Result<lifecycle_rule::Model> {
    let template = Template::from_word(kind).ok_or(Error::NotFound)?;
    let now = state.store.clock().now();
    let (anchor, audience) = match template {
        Template::Graduates => (Anchor::GraduationDate, Audience::StudentsAtAnchor),
        Template::StillStudying => (Anchor::GraduationDate, Audience::StillStudents),
        Template::AppointmentEnding => (Anchor::AppointmentEnd, Audience::AppointmentHolders),
    };
    let (offset, recipients, notices) = match template {
        Template::Graduates => ("P6M", vec![Recipient::Responsible], all_notices(template)),
        Template::StillStudying => ("P1D", vec![Recipient::Member], vec![Notice::OnTheDay]),
        Template::AppointmentEnding => ("-P60D", all_recipients(template), vec![Notice::OnTheDay]),
    };
    Ok(lifecycle_rule::Model {
        key: UNNAMED.to_owned(),
        title: String::new(),
        anchor,
        offset: offset.to_owned(),
        audience,
        recipients: Recipients(recipients),
        notices: Notices(notices),
        template,
        look_back: "P6M".to_owned(),
        content: Content::Names,
        paused: true,
        active_from: None,
        covered_from: None,
        built_in: false,
        version: 1,
        created_at: now,
        updated_at: now,
    })
}

/// `before` with what was typed, and what is wrong with it.
fn read(before: &lifecycle_rule::Model, typed: &Typed) -> (lifecycle_rule::Model, Vec<FieldProblem>) {
    let is_new = before.key == UNNAMED;
    let at = |name: &str| typed.get(name).map(|value| value.trim()).unwrap_or_default();
    let ticked = |group: &str, word: String| typed.contains_key(&format!("{group}_{word}"));
    let mut problems = Vec::new();
    let mut after = before.clone();
    // What comes with the program is called in each reader's language.
    if !before.built_in {
        match rules::name(at("title")) {
            Ok(title) => after.title = title,
            Err(detail) => problems.push(FieldProblem::new("/title", detail)),
        }
    }
    let sign = if at("direction") == "before" { "-" } else { "" };
    after.offset = span(sign, at("offset_months"), at("offset_days"));
    after.look_back = span("", at("look_back_months"), at("look_back_days"));
    if is_new && let Some(audience) = Audience::from_word(at("audience")) {
        after.audience = audience;
    }
    let offered = all_recipients(before.template);
    if offered.len() > 1 {
        after.recipients = Recipients(offered.into_iter().filter(|it| ticked("recipient", it.word())).collect());
    }
    let notices = all_notices(before.template).into_iter();
    after.notices = Notices(notices.filter(|it| ticked("notice", it.word())).collect());
    if let Some(content) = Content::from_word(at("content")) {
        after.content = content;
    }
    problems.extend(rule::check(&after));
    (after, problems)
}

/// As ISO 8601 writes it; what cannot be read as numbers is left for the rule's check to find.
fn span(sign: &str, months: &str, days: &str) -> String {
    let number = |typed: &str| match typed {
        "" => "0".to_owned(),
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.to_owned(),
        _ => "?".to_owned(),
    };
    let written = format!("{sign}P{}M{}D", number(months), number(days));
    written.parse::<Offset>().map_or(written, |offset| offset.to_string())
}

/// Whom a rule with these mails can tell.
fn all_recipients(template: Template) -> Vec<Recipient> {
    match template {
        Template::Graduates => vec![Recipient::Responsible],
        Template::StillStudying => vec![Recipient::Member],
        Template::AppointmentEnding => vec![Recipient::Member, Recipient::ChiefShopSteward, Recipient::Office],
    }
}

/// When a rule with these mails can tell.
fn all_notices(template: Template) -> Vec<Notice> {
    match template {
        Template::Graduates => vec![Notice::MonthAhead, Notice::OnTheDay, Notice::StillOpen],
        Template::StillStudying | Template::AppointmentEnding => vec![Notice::MonthAhead, Notice::OnTheDay],
    }
}

/// A short name for a rule with this title: its letters and digits, and a number when the name is taken.
fn key(title: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut key = String::new();
    for letter in title.nfkd().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' => key.push(letter),
            'æ' => key.push_str("ae"),
            'ø' => key.push('o'),
            _ if letter.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&letter) => {}
            _ if key.is_empty() || key.ends_with('-') => {}
            _ => key.push('-'),
        }
    }
    key.truncate(KEY_LETTERS);
    let key = match key.trim_end_matches('-') {
        "" => "rule",
        key => key,
    };
    let numbered = (2_u32..).map(|number| format!("{key}-{number}"));
    std::iter::once(key.to_owned()).chain(numbered).find(|key| !is_taken(key)).unwrap_or_default()
}

fn kind_words(language: Language, kind: Template) -> (Text, Text) {
    match kind {
        Template::Graduates => (text(language, "kind-graduates"), text(language, "kind-graduates-lead")),
        Template::StillStudying => (text(language, "kind-studying"), text(language, "kind-studying-lead")),
        Template::AppointmentEnding => (text(language, "kind-ending"), text(language, "kind-ending-lead")),
    }
}

fn choices<T: Vocabulary + Copy + PartialEq>(all: &[T], chosen: &[T], name: impl Fn(T) -> Text) -> Vec<Choice> {
    let choice = |it: &T| Choice { word: it.word(), name: name(*it), is_chosen: chosen.contains(it) };
    all.iter().map(choice).collect()
}

impl RulePage {
    /// With what `row` holds.
    fn of(page: Shell, row: &lifecycle_rule::Model, version: String) -> Self {
        let language = page.language;
        let (months, days, is_before) = row.offset.parse::<Offset>().map_or((0, 0, false), Offset::parts);
        let (late_months, late_days, _) = row.look_back.parse::<Offset>().map_or((0, 0, false), Offset::parts);
        let span = |months: u32, days: u32| Span { months: months.to_string(), days: days.to_string() };
        let direction = |word: &str, name, is_chosen| Choice { word: word.to_owned(), name, is_chosen };
        let recipients = all_recipients(row.template);
        let audiences = [Audience::StillStudents, Audience::StudentsAtAnchor];
        let is_new = row.key == UNNAMED;
        Self {
            heading: if is_new { kind_words(language, row.template).0 } else { text(language, "rule-change") },
            version,
            is_built_in: row.built_in,
            title: if row.built_in { title(language, row) } else { row.title.clone() },
            anchor: match row.anchor {
                Anchor::GraduationDate => text(language, "anchor-graduation"),
                Anchor::AppointmentEnd => text(language, "anchor-ending"),
            },
            offset: span(months, days),
            directions: vec![
                direction("after", text(language, "direction-after"), !is_before),
                direction("before", text(language, "direction-before"), is_before),
            ],
            look_back: span(late_months, late_days),
            audiences: if is_new && row.template == Template::StillStudying {
                choices(&audiences, &[row.audience], |it| match it {
                    Audience::StillStudents => text(language, "audience-still"),
                    _ => text(language, "audience-at-anchor"),
                })
            } else {
                Vec::new()
            },
            // Of one there is nothing to choose.
            recipients: match recipients.len() {
                1 => Vec::new(),
                _ => choices(&recipients, &row.recipients.0, |it| recipient(language, it)),
            },
            notices: choices(&all_notices(row.template), &row.notices.0, |it| notice(language, it)),
            contents: match row.template {
                // The question to the member names nobody else.
                Template::StillStudying => Vec::new(),
                _ => choices(&[Content::Names, Content::LinkOnly, Content::Full], &[row.content], |it| match it {
                    Content::Names => text(language, "content-names"),
                    Content::LinkOnly => text(language, "content-link"),
                    Content::Full => text(language, "content-full"),
                }),
            },
            wrongs: Vec::new(),
            is_stale: false,
            page,
        }
    }

    /// With the numbers and the title as they were typed, right or wrong.
    fn typed(mut self, typed: &Typed) -> Self {
        let fields = [
            ("title", &mut self.title),
            ("offset_months", &mut self.offset.months),
            ("offset_days", &mut self.offset.days),
            ("look_back_months", &mut self.look_back.months),
            ("look_back_days", &mut self.look_back.days),
        ];
        for (name, field) in fields {
            if let Some(value) = typed.get(name) {
                field.clone_from(value);
            }
        }
        let is_before = typed.get("direction").is_some_and(|direction| direction == "before");
        for choice in &mut self.directions {
            choice.is_chosen = (choice.word == "before") == is_before;
        }
        self
    }

    /// Says at each field what is wrong with it, in the reader's language.
    fn marked(mut self, problems: &[FieldProblem]) -> Self {
        let language = self.page.language;
        for problem in problems {
            let (name, wrong) = match problem.pointer.as_str() {
                "/title" => ("title", text(language, "rule-wrong-title")),
                "/offset" => ("offset_months", text(language, "rule-wrong-span")),
                "/look_back" => ("look_back_months", text(language, "rule-wrong-late")),
                "/recipients" => ("recipients", text(language, "rule-wrong-recipients")),
                _ => ("notices", text(language, "rule-wrong-notices")),
            };
            self.wrongs.push(Wrong { name, text: wrong.to_string() });
        }
        self
    }

    /// What is wrong with this field, if anything.
    fn wrong(&self, name: &str) -> Option<&str> {
        self.wrongs.iter().find(|wrong| wrong.name == name).map(|wrong| wrong.text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_comes_from_the_title_and_is_always_a_name() {
        for (title, expected) in [
            ("Ring de nyutexaminerade igen efter ett år!", "ring-de-nyutexaminerade-igen-efter-ett-ar"),
            ("Blåbær & Ørret", "blabaer-orret"),
            ("  -- ", "rule"),
            ("Ж", "rule"),
        ] {
            assert_eq!(key(title, |_| false), expected);
        }
        let taken = |key: &str| ["call", "call-2"].contains(&key);
        assert_eq!(key("Call", taken), "call-3");
        assert!(rule::is_name(&key(&"å-".repeat(200), |_| false)));
    }

    #[test]
    fn a_span_is_written_as_short_as_it_can_be_and_nonsense_is_no_span() {
        for (sign, months, days, expected) in [("", "18", "", "P1Y6M"), ("-", "", "60", "-P60D"), ("", "", "", "P0D")] {
            assert_eq!(span(sign, months, days), expected);
        }
        for (months, days) in [("six", ""), ("-6", ""), ("1.5", ""), ("6M1", ""), ("1Y2", ""), ("", "99999999999")] {
            assert!(span("", months, days).parse::<Offset>().is_err(), "{months} {days}");
        }
    }
}
