//! Taking files in: what a file would change is shown first, and applied with a press. With script a file goes to the API as
//! it is, which shows how far it has come; without, its lines are pasted.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use entity::import_batch::{ImportKind, ImportMode};
use entity::read_audit::Access;
use jobs::texts::Language;
use serde::Deserialize;
use tokio::runtime::Handle;

use super::shell::Shell;
use super::texts::{Text, text};
use super::{give, give_members, give_with, see_other, words};
use crate::members::import::batch::Upload;
use crate::members::import::{FileProblem, Report};
use crate::state::State;
use crate::web::api::imports::aside;
use crate::web::extract::{Allowed, Id, scope};
use crate::web::problem::Result as Outcome;

/// The most lines that are listed of a kind.
const MOST: usize = 50;

#[derive(Template)]
#[template(path = "imports.html")]
struct ImportsPage {
    page: Shell,
    wrong: Option<Text>,
}

/// Asks for a file.
#[get("/imports")]
pub(crate) async fn show_imports(
    caller: Allowed<scope::Import>,
    request: HttpRequest,
    state: Data<State>,
) -> Outcome<HttpResponse> {
    give(&ImportsPage { page: Shell::of(&request, &state, Some(&caller)), wrong: None })
}

/// Pasted lines.
#[derive(Debug, Deserialize)]
pub(crate) struct Pasted {
    kind: ImportKind,
    mode: ImportMode,
    #[serde(default)]
    lines: String,
}

/// Compares pasted lines with the register, and shows what they would change.
#[post("/imports")]
pub(crate) async fn paste_import(
    caller: Allowed<scope::Import>,
    request: HttpRequest,
    state: Data<State>,
    form: Form<Pasted>,
) -> Outcome<HttpResponse> {
    let Pasted { kind, mode, lines } = form.into_inner();
    if lines.trim().is_empty() {
        let page = Shell::of(&request, &state, Some(&caller));
        let wrong = Some(page.text("import-nothing"));
        return give_with(StatusCode::UNPROCESSABLE_ENTITY, &ImportsPage { page, wrong });
    }
    let (id, uploads, file) = (state.store.clock().new_id(), state.uploads(), lines.into_bytes());
    let report = {
        let (uploads, caller, file) = (uploads.clone(), caller.clone(), file.clone());
        aside(move || Handle::current().block_on(uploads.compare(&caller, id, kind, mode, file))).await?
    };
    let keep = async |write: &jobs::Write| uploads.keep(write, id, kind, mode, &file, report.clone()).await;
    state.store.write(caller.actor(), keep).await?;
    Ok(see_other(&format!("/imports/{id}")))
}

#[derive(Template)]
#[template(path = "import.html")]
struct ImportPage {
    page: Shell,
    upload: Upload,
    figures: Vec<(Text, String)>,
    /// Where, in the reader's language, and what.
    problems: Vec<(String, String)>,
    notes: Vec<Text>,
    more: usize,
}

/// Shows what a file would change, or has changed.
#[get("/imports/{id}")]
pub(crate) async fn show_import(
    caller: Allowed<scope::Import>,
    request: HttpRequest,
    state: Data<State>,
    id: Id,
) -> Outcome<HttpResponse> {
    let upload = Upload::of(state.uploads().find(&caller, id.0).await?)?;
    let page = Shell::of(&request, &state, Some(&caller));
    let (report, language) = (&upload.report, page.language);
    let count = |count: usize| words::number(language, u64::try_from(count).unwrap_or(u64::MAX));
    let figures = vec![
        (page.text("import-rows"), count(report.rows)),
        (page.text("import-new"), count(report.new)),
        (page.text("import-changed"), count(report.changed)),
        (page.text("import-unchanged"), count(report.unchanged)),
        (page.text("import-new-units"), count(report.new_units)),
        (page.text("import-duplicates"), count(report.likely_duplicate_count)),
    ];
    let shown = report.members_shown().into_iter().collect();
    let body = ImportPage {
        figures,
        problems: report.problems.iter().take(MOST).map(|it| (place(language, it), it.message.clone())).collect(),
        notes: notes(language, report),
        more: report.problems.len().saturating_sub(MOST),
        upload,
        page,
    };
    give_members(&state, &caller, "import_page", Access::Listed, shown, &body).await
}

/// Where a problem is: "Row 17, Town". A column of the file that no word of the register fits goes by its own name.
fn place(language: Language, problem: &FileProblem) -> String {
    let row = (problem.line > 0).then(|| text(language, "import-row").with("row", problem.line).to_string());
    let column = problem.column.as_ref();
    let column = column.map(|name| words::field(language, name).map_or_else(|| name.clone(), String::from));
    row.into_iter().chain(column).collect::<Vec<_>>().join(", ")
}

/// What is worth knowing and no problem.
fn notes(language: Language, report: &Report) -> Vec<Text> {
    let notes = [
        (text(language, "import-without-type"), report.without_membership_type),
        (text(language, "import-phones"), report.phones_as_given),
        (text(language, "import-leavers"), report.appointments_of_leavers),
    ];
    let told = notes.into_iter().filter(|(_, count)| *count > 0);
    told.map(|(text, count)| text.with("count", count)).collect()
}

/// Applies it: all of it, or nothing. Pressed twice, it is applied once.
#[post("/imports/{id}/apply")]
pub(crate) async fn apply_import(caller: Allowed<scope::Import>, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    let (uploads, importer) = (state.uploads(), caller.clone());
    aside(move || Handle::current().block_on(uploads.apply(&importer, id.0))).await?;
    Ok(see_other(&format!("/imports/{}", id.0)))
}
