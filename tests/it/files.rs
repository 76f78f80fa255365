//! Files handed over and given out, as a test handles them.

use std::sync::Arc;

use entity::import_batch::{ImportKind, ImportMode};
use entity::visibility::Viewer;
use jobs::history::Actor;
use matrikel::access::audit::Reading;
use matrikel::members::export::{Export, Format};
use matrikel::members::files::RowWriter;
use matrikel::members::import::{Import, ImportFile, Plan, Report};
use serde_json::Value;

use crate::app::TestApp;

/// A file that was compared with the register and can be applied.
pub(crate) struct Compared {
    /// What it would change, or what is wrong with it.
    pub(crate) report: Report,
    /// The file and what is to be written, unless something is wrong.
    pub(crate) ready: Option<(Arc<ImportFile>, Plan)>,
}

impl TestApp {
    /// An import as whoever has the command line makes it.
    pub(crate) fn importer(&self, mode: ImportMode) -> Import<'_> {
        Import {
            store: self.store(),
            keys: &self.state.keys,
            default_country: &self.state.config.default_country,
            viewer: Viewer::Everyone,
            actor: Actor::system(),
            mode,
            id: self.store().clock().new_id(),
        }
    }

    /// Takes a member file in, which must be without fault.
    pub(crate) async fn import(&self, mode: ImportMode, file: impl Into<Vec<u8>>) -> Report {
        take_in(&self.importer(mode), ImportKind::Members, file).await
    }

    /// Says what a member file would change.
    pub(crate) async fn preview(&self, mode: ImportMode, file: impl Into<Vec<u8>>) -> Report {
        compare(&self.importer(mode), ImportKind::Members, file).await.report
    }

    /// Takes a file of representatives in, which must be without fault.
    pub(crate) async fn import_representatives(&self, mode: ImportMode, file: impl Into<Vec<u8>>) -> Report {
        take_in(&self.importer(mode), ImportKind::Representatives, file).await
    }

    /// An export of what `viewer` may see.
    pub(crate) fn exporter(&self, viewer: Viewer, identity_numbers: bool) -> Export<'_> {
        Export {
            store: self.store(),
            keys: &self.state.keys,
            audit: &self.state.audit,
            reading: Reading { actor: Actor::system(), operation: "export_members", request_id: None },
            viewer,
            identity_numbers,
        }
    }

    /// The bytes of an export of everything.
    pub(crate) async fn export(&self, format: Format) -> Vec<u8> {
        self.export_for(Viewer::Everyone, true, format).await
    }

    /// The bytes of an export of what `viewer` may see.
    pub(crate) async fn export_for(&self, viewer: Viewer, identity_numbers: bool, format: Format) -> Vec<u8> {
        let path = self.place.folder().join(format!("export-{}", self.store().clock().new_id()));
        let written = self.exporter(viewer, identity_numbers).to_file(&path, format).await;
        written.expect("the register can be exported");
        let bytes = std::fs::read(&path).expect("the export is there");
        std::fs::remove_file(&path).expect("the export can be removed");
        bytes
    }

    /// The register as its lossless export has it.
    pub(crate) async fn everything(&self) -> String {
        String::from_utf8(self.export(Format::Json).await).expect("JSON is UTF-8")
    }

    /// The member with this number, as the lossless export has her; null when there is none.
    pub(crate) async fn exported(&self, member_number: &str) -> Value {
        let file: Value = serde_json::from_str(&self.everything().await).expect("the export is JSON");
        let members = file["members"].as_array().expect("members");
        members.iter().find(|member| member["member_number"] == member_number).cloned().unwrap_or_default()
    }
}

/// Compares a file with the register.
pub(crate) async fn compare(import: &Import<'_>, kind: ImportKind, file: impl Into<Vec<u8>>) -> Compared {
    match ImportFile::read(kind, file.into(), "file") {
        Err(problems) => Compared { report: Report::unreadable(problems), ready: None },
        Ok(file) => {
            let (report, plan) = import.compare(&file, &|_, _| {}).await.expect("the register can be read");
            assert_eq!(plan.is_some(), report.problems.is_empty(), "what has no problem can be applied");
            Compared { report, ready: plan.map(|plan| (Arc::new(file), plan)) }
        }
    }
}

/// Applies what was compared.
pub(crate) async fn apply(import: &Import<'_>, compared: &Compared) -> jobs::Result<()> {
    let (file, plan) = compared.ready.as_ref().expect("nothing is wrong with the file");
    import.apply(file, plan, &|_, _| {}).await
}

/// Compares a file that must be without fault with the register and applies it.
#[track_caller]
pub(crate) fn take_in(import: &Import<'_>, kind: ImportKind, file: impl Into<Vec<u8>>) -> impl Future<Output = Report> {
    let place = std::panic::Location::caller();
    let file = file.into();
    async move {
        let compared = compare(import, kind, file).await;
        assert!(compared.ready.is_some(), "{place}: {:?}", problems(&compared.report));
        apply(import, &compared).await.expect("the file can be applied");
        compared.report
    }
}

/// How many are new, changed and unchanged.
pub(crate) fn counts(report: &Report) -> (usize, usize, usize) {
    assert_eq!(report.new + report.changed + report.unchanged, report.rows, "each row is counted once: {report:?}");
    (report.new, report.changed, report.unchanged)
}

/// Which fields change, each with the number of members.
pub(crate) fn fields(report: &Report) -> Vec<(&str, usize)> {
    report.fields.iter().map(|(field, count)| (field.as_str(), *count)).collect()
}

/// What is wrong with a file: line, column and message.
pub(crate) fn problems(report: &Report) -> Vec<(usize, &str, &str)> {
    let problems = report.problems.iter();
    problems.map(|one| (one.line, one.column.as_deref().unwrap_or_default(), one.message.as_str())).collect()
}

/// Where something is wrong: lines and columns.
pub(crate) fn places(report: &Report) -> Vec<(usize, &str)> {
    problems(report).into_iter().map(|(line, column, _)| (line, column)).collect()
}

/// A workbook of these rows, the first of which has the headers.
pub(crate) fn workbook(rows: &[&[&str]]) -> Vec<u8> {
    let (headers, rows) = rows.split_first().expect("a row of headers");
    let mut writer = RowWriter::xlsx(std::io::Cursor::new(Vec::new()), headers, rows.len()).expect("a workbook");
    for row in rows {
        let cells: Vec<_> = row.iter().map(|text| (*text).into()).collect();
        writer.write_row(&cells).expect("a row");
    }
    writer.finish().expect("a workbook").into_inner()
}
