//! Runs of lifecycle rules: the proof of what was done.

use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get};
use chrono::{DateTime, NaiveDate, Utc};
use entity::lifecycle_rule::Notice;
use entity::lifecycle_run;
use jobs::Result;
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::lifecycle_rules;
use crate::members::list::{Page, read_cursor, write_cursor};
use crate::state::State;
use crate::web::answer::give_plain;
use crate::web::extract::{Allowed, limit, scope};
use crate::web::problem::Result as Outcome;

/// Which runs to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RunQuery {
    /// Of this rule.
    #[param(example = "graduate-follow-up")]
    rule: Option<String>,
    /// At most this many.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u64>,
    /// `next` of the page before.
    after: Option<String>,
}

/// One run of one notice of a rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct Run {
    /// Its id.
    id: Uuid,
    /// Of which rule.
    #[schema(example = "graduate-follow-up")]
    rule: String,
    /// Of which of its notices.
    notice: Notice,
    /// The month that was listed, or the day.
    #[schema(example = "2027-01")]
    slot: String,
    /// When it was due.
    planned_at: DateTime<Utc>,
    /// The civil date as of which the register was read.
    as_of: NaiveDate,
    /// Whether somebody ran it by hand.
    by_hand: bool,
    /// Whether it made up for a slot that had been missed.
    caught_up: bool,
    /// When it was begun.
    started_at: DateTime<Utc>,
    /// When all of it was written; null while it is not.
    finished_at: Option<DateTime<Utc>>,
    /// Whom the register said were due, those left out included.
    due: i64,
    /// Whom somebody was told of.
    listed: i64,
    /// Mails written.
    mailed: i64,
    /// Mails that were needed, counted from the register and not from the outbox.
    expected_mails: i64,
    /// Those of the listed who went to somebody else than the first in the chain.
    rerouted: i64,
    /// Those left out, by reason: `left`, `deceased`, `contacted`, `listed`.
    #[schema(value_type = Object, example = json!({"left": 2}))]
    left_out: Value,
    /// Recipients who could not be written to.
    failed: i64,
    /// What is not as it should be; null when nothing is.
    error: Option<String>,
}

impl From<lifecycle_run::Model> for Run {
    fn from(row: lifecycle_run::Model) -> Self {
        Self {
            id: row.id,
            rule: row.rule_key,
            notice: row.notice,
            slot: row.slot,
            planned_at: row.planned_at,
            as_of: row.as_of,
            by_hand: row.by_hand,
            caught_up: row.caught_up,
            started_at: row.started_at,
            finished_at: row.finished_at,
            due: row.due,
            listed: row.listed,
            mailed: row.mailed,
            expected_mails: row.expected_mails,
            rerouted: row.rerouted,
            left_out: row.left_out,
            failed: row.failed,
            error: row.error,
        }
    }
}

/// Lists the runs of lifecycle rules, the newest first.
#[utoipa::path(tag = "lifecycle", params(RunQuery), security(("token" = ["runs"])),
    responses((status = 200, description = "A page of runs", body = Page<Run>)))]
#[get("/runs")]
pub(crate) async fn list_runs(_: Allowed<scope::Runs>, state: Data<State>, query: Query<RunQuery>) -> Outcome<HttpResponse> {
    let query = query.into_inner();
    let (after, limit) = (query.after.as_deref().map(read_cursor).transpose()?, limit(query.limit)?);
    let rule = lifecycle_rules::name(query.rule)?;
    let page = list(state.store.database(), rule.as_deref(), after, limit).await?;
    give_plain(&page.map(Run::from))
}

/// The runs of `rule`, or of all, the newest first.
pub(crate) async fn list(
    database: &impl ConnectionTrait,
    rule: Option<&str>,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Page<lifecycle_run::Model>> {
    let condition = Condition::all()
        .add_option(rule.map(|rule| lifecycle_run::Column::RuleKey.eq(rule)))
        .add_option(after.map(|id| lifecycle_run::Column::Id.lt(id)));
    let rows = lifecycle_run::Entity::find()
        .filter(condition)
        .order_by_desc(lifecycle_run::Column::Id)
        .limit(limit + 1)
        .all(database)
        .await?;
    Ok(Page::cut(rows, limit, |row| write_cursor(row.id)))
}
