//! `matrikel import`, `export` and `demo-register`.

use std::fs::File;
use std::io::{BufWriter, IsTerminal};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use entity::api_token::TokenRole;
use entity::import_batch::{ImportKind, ImportMode};
use entity::read_audit::Access;
use entity::visibility::Viewer;
use indicatif::{ProgressBar, ProgressStyle};
use jobs::Clock;
use jobs::history::Actor;
use matrikel::access::audit::{Reading, Recorder, Shown};
use matrikel::access::caller::Caller;
use matrikel::config::Config;
use matrikel::database::{Opened, Purpose};
use matrikel::demo;
use matrikel::members::duplicates::in_file::LikelyDuplicateRow;
use matrikel::members::export::{Export, Format};
use matrikel::members::files::Problem;
use matrikel::members::import::{Import, ImportFile, Phase, Report};

use super::{Failure, open};

pub(crate) async fn import(
    config: &Config,
    kind: ImportKind,
    path: &Path,
    mode: ImportMode,
    dry_run: bool,
) -> Result<ExitCode, Failure> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let file = match ImportFile::read(kind, bytes, &name) {
        Ok(file) => Arc::new(file),
        Err(problems) => return Ok(refused(&Report::unreadable(problems))),
    };
    let opened = open(config, Purpose::Upgrade).await?;
    let import = Import {
        store: &opened.store,
        keys: &opened.keys,
        default_country: &config.default_country,
        // Whoever has the command line has the database, too.
        viewer: Viewer::Everyone,
        actor: Actor::system(),
        mode,
        id: opened.store.clock().new_id(),
    };
    let bar = progress_bar(file.row_count());
    let progress = |phase: Phase, done: usize| {
        bar.set_message(match phase {
            Phase::Comparing => "comparing",
            Phase::Writing => "writing",
        });
        bar.set_position(done as u64);
    };
    let (report, plan) = import.compare(&file, &progress).await?;
    let Some(plan) = plan else {
        bar.finish_and_clear();
        return Ok(refused(&noted(&opened, report).await?));
    };
    if !dry_run {
        import.apply(&file, &plan, &progress).await?;
    }
    let report = noted(&opened, report).await?;
    opened.close().await?;
    bar.finish_and_clear();
    tell(&report);
    out!("{}", if dry_run { "Nothing was written (--dry-run)." } else { "Done." });
    Ok(ExitCode::SUCCESS)
}

/// The report, once the read audit says which members it shows.
async fn noted(opened: &Opened, report: Report) -> Result<Report, Failure> {
    let audit = Recorder::start(opened.audit.clone(), opened.store.clock().clone());
    let reading = Reading { actor: Actor::system(), operation: "import_members", request_id: None };
    let shown = Shown::Members(report.members_shown());
    Ok(audit.record(&reading, Access::Listed, shown, report).await?.into_inner())
}

/// A bar on a terminal; nothing elsewhere, where the report is enough.
fn progress_bar(rows: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(rows as u64);
    if let Ok(style) = ProgressStyle::with_template("{msg:10} {bar:40} {human_pos} of {human_len} rows, {eta} to go") {
        bar.set_style(style);
    }
    bar
}

fn refused(report: &Report) -> ExitCode {
    tell(report);
    for problem in &report.problems {
        let problem = Problem { line: problem.line, column: problem.column.clone(), message: problem.message.clone() };
        eprintln!("{problem}");
    }
    eprintln!("Nothing was written. Put the file right and import it again.");
    ExitCode::FAILURE
}

fn tell(report: &Report) {
    let columns: Vec<String> = report
        .columns
        .iter()
        .map(|column| {
            if column.header == column.column { column.header.clone() } else { format!("{} = {}", column.header, column.column) }
        })
        .collect();
    if !columns.is_empty() {
        out!("Columns: {}", columns.join(", "));
    }
    if !report.unknown_columns.is_empty() {
        out!("Not imported, because the column is not known: {}", report.unknown_columns.join(", "));
    }
    out!("Rows: {}; {} new, {} changed, {} unchanged", report.rows, report.new, report.changed, report.unchanged);
    for (field, count) in &report.fields {
        out!("  {field}: {count}");
    }
    if report.new_units > 0 {
        out!("New employers, workplaces, local branches and schools: {}", report.new_units);
    }
    if report.likely_duplicate_count > 0 {
        out!("New rows that are likely somebody who is there already: {}", report.likely_duplicate_count);
        for row in &report.likely_duplicates {
            out!("  {}", duplicate(row));
        }
        if report.likely_duplicate_count > report.likely_duplicates.len() {
            out!("  … and {} more", report.likely_duplicate_count - report.likely_duplicates.len());
        }
    }
    for note in &report.notes {
        out!("Note: {note}");
    }
}

fn duplicate(row: &LikelyDuplicateRow) -> String {
    let other = match (&row.member, row.other_line) {
        (Some(member), _) => format!("member {}, {} {}", member.member_number, member.given_names, member.surname),
        (None, Some(line)) => format!("line {line}"),
        (None, None) => "somebody".to_owned(),
    };
    let why: Vec<String> = row.why.iter().map(|evidence| evidence.to_string()).collect();
    format!("line {}: {other} ({:.2}: {})", row.line, row.score, why.join(", "))
}

pub(crate) async fn export(config: &Config, path: &Path, everything: bool) -> Result<(), Failure> {
    let format = Format::of(path).ok_or("the file's name must end with .xlsx, .csv or .json")?;
    let opened = open(config, Purpose::Use).await?;
    let caller = Caller::command_line(if everything { TokenRole::PrivacyOfficer } else { TokenRole::Registrar });
    let audit = Recorder::start(opened.audit.clone(), opened.store.clock().clone());
    let export = Export {
        store: &opened.store,
        keys: &opened.keys,
        audit: &audit,
        reading: Reading { actor: caller.actor().clone(), operation: "export_members", request_id: None },
        viewer: caller.viewer(),
        identity_numbers: everything,
    };
    let members = export.to_file(path, format).await?;
    out!("Members written to {}: {members}. The read audit says so.", path.display());
    if !everything {
        out!("Members with a protected identity and personal identity numbers are left out (see --everything).");
    }
    Ok(())
}

pub(crate) fn demo_register(
    config: &Config,
    members: usize,
    seed: u64,
    out: &Path,
    representatives: Option<&Path>,
) -> Result<(), Failure> {
    let today = Clock::system(config.time_zone).today();
    let create = |path: &Path| File::create(path).map(BufWriter::new).map_err(|error| format!("{}: {error}", path.display()));
    demo::write_members(create(out)?, members, seed, today)?;
    out!("Invented members written to {}: {members}", out.display());
    if let Some(path) = representatives {
        demo::write_representatives(create(path)?, members, seed, today)?;
        out!("Their representatives were written to {}.", path.display());
    }
    Ok(())
}
