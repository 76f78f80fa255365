//! Import over HTTP: upload and preview, then apply.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use entity::import_batch::{ImportKind, ImportMode};
use jobs::{Error, Result};
use serde::Deserialize;
use tokio::runtime::Handle;
use utoipa::IntoParams;

use crate::access::keys::sha256;
use crate::members::import::batch::Upload;
use crate::state::State;
use crate::web::answer::{Answer, Once, give_list};
use crate::web::extract::{Allowed, Id, content_type, read_payload, scope};
use crate::web::problem::{Problem, Result as Outcome};

/// The content types of files.
const TYPES: [&str; 3] =
    ["text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/octet-stream"];

/// What is uploaded and how it is to be taken.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UploadQuery {
    /// What the file holds.
    kind: ImportKind,
    /// How members that the register has are treated; `fill` when left out.
    mode: Option<ImportMode>,
}

/// Uploads a file (CSV, XLSX or, for members and as `application/octet-stream`, JSON as export writes it) and says what it would change. Nothing is changed
/// yet: apply it within a day.
#[utoipa::path(tag = "imports", params(UploadQuery, Once),
    request_body(content((String = "text/csv"), (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "application/octet-stream"))),
    security(("token" = ["import"])),
    responses((status = 201, description = "What the file would change; it can be applied when `problems` is empty", body = Upload, headers(("Location" = String)))))]
#[post("/imports")]
pub(crate) async fn upload_import(
    caller: Allowed<scope::Import>,
    state: Data<State>,
    request: HttpRequest,
    query: Query<UploadQuery>,
    once: Once,
    payload: Payload,
) -> Outcome<HttpResponse> {
    if !TYPES.contains(&content_type(&request).as_str()) {
        let detail = format!("send the file with Content-Type {}", TYPES.join(" or "));
        return Err(Problem::http(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let file = read_payload(&request, payload, state.config.max_upload).await?;
    let UploadQuery { kind, mode } = query.into_inner();
    let mode = mode.unwrap_or_default();
    let id = state.store.clock().new_id();
    let uploads = state.uploads();
    let report = {
        let (uploads, caller, file) = (uploads.clone(), caller.clone(), file.to_vec());
        aside(move || Handle::current().block_on(uploads.compare(&caller, id, kind, mode, file))).await?
    };
    once.run(&state, &caller, "upload_import", &sha256(&[&file]), async |write| {
        let upload = uploads.keep(write, id, kind, mode, &file, report.clone()).await?;
        let shown = upload.report.members_shown();
        Ok(Answer::of(StatusCode::CREATED, &upload)?.at(format!("/api/v1/imports/{id}")).listing(shown))
    })
    .await
}

/// Shows an upload of your own again.
#[utoipa::path(tag = "imports", params(Id), security(("token" = ["import"])),
    responses((status = 200, description = "The upload", body = Upload)))]
#[get("/imports/{id}")]
pub(crate) async fn read_import(caller: Allowed<scope::Import>, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    let upload = Upload::of(state.uploads().find(&caller, id.0).await?)?;
    give_list(&state, &caller, "read_import", upload.report.members_shown(), &upload).await
}

/// Applies an upload: all of it, or nothing. Applied again, it changes nothing and answers the same.
#[utoipa::path(tag = "imports", params(Id), security(("token" = ["import"])),
    responses((status = 200, description = "What was changed", body = Upload), (status = 409, description = "Something is wrong with the file", body = crate::web::problem::ProblemDetails, content_type = "application/problem+json")))]
#[post("/imports/{id}/apply")]
pub(crate) async fn apply_import(caller: Allowed<scope::Import>, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    let (uploads, importer) = (state.uploads(), caller.clone());
    let upload = aside(move || Handle::current().block_on(uploads.apply(&importer, id.0))).await?;
    give_list(&state, &caller, "apply_import", upload.report.members_shown(), &upload).await
}

/// Reading and comparing a large file computes for seconds: on a thread where it stops no other request.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}
