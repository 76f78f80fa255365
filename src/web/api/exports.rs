//! The members as a file. Personal identity numbers and protected identities are not in it, whoever asks; with them it is made on the
//! command line.

use std::fs;
use std::io::Read as _;

use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpResponse, post};
use entity::visibility::Viewer;
use futures_util::stream;
use jobs::Error;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::access::audit::Reading;
use crate::members::export::{Export, Format};
use crate::members::rules::Problems;
use crate::state::State;
use crate::web::extract::{Allowed, Body, Field, Unknown, scope};
use crate::web::observe;
use crate::web::problem::Result as Outcome;

/// How much of a file is sent at a time.
const PIECE: usize = 64 << 10;

/// What is to be exported.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ExportOrder {
    /// How the file is written.
    #[serde(default)]
    #[schema(value_type = FileFormat)]
    format: Field<FileFormat>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileFormat {
    /// UTF-8 with a mark, commas, formulas made harmless.
    Csv,
    /// A workbook with typed cells.
    Xlsx,
    /// Lossless.
    Json,
}

/// Gives all members as a file, as they are now, without protected identities and personal identity numbers. Who has signed in
/// has shown a second factor just now; it is noted who got how many.
#[utoipa::path(tag = "exports", request_body = ExportOrder, security(("token" = ["export"])),
    responses((status = 200, description = "The file",
        content((String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (Value = "application/json")))))]
#[post("/exports")]
pub(crate) async fn export_members(
    caller: Allowed<scope::Export>,
    state: Data<State>,
    body: Body<ExportOrder>,
) -> Outcome<HttpResponse> {
    let ExportOrder { format, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let format = format.required("/format", &mut problems, Ok);
    let (format, ending, content_type) = match problems.finish(format)? {
        FileFormat::Csv => (Format::Csv, "csv", "text/csv; charset=utf-8"),
        FileFormat::Xlsx => (Format::Xlsx, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        FileFormat::Json => (Format::Json, "json", "application/json"),
    };
    let reading = Reading { actor: caller.actor().clone(), operation: "export_members", request_id: observe::request_id() };
    let (store, keys, audit) = (&state.store, &state.keys, &state.audit);
    let export = Export { store, keys, audit, reading, viewer: Viewer::Unprotected, identity_numbers: false };
    let path = state.config.data_dir.join(format!("export-{}.{ending}", store.clock().new_id()));
    export.to_file(&path, format).await?;
    // Open, it is read to its end; its name is gone at once, whatever becomes of the answer.
    let file = fs::File::open(&path).map_err(Error::internal)?;
    fs::remove_file(&path).map_err(Error::internal)?;
    let pieces = stream::try_unfold(file, async |mut file| {
        let mut piece = vec![0; PIECE];
        let read = file.read(&mut piece)?;
        piece.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(piece), file)))
    });
    let name = format!("members-{}.{ending}", store.clock().today());
    Ok(HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .streaming(Box::pin(pieces)))
}
