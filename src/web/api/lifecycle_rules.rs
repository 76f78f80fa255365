//! Rules of lifecycle automation: listed, made, changed, paused, and looked at before they run.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get, patch, post};
use chrono::{DateTime, NaiveDate, Utc};
use entity::follow_up::Office;
use entity::history::{Change, Subject};
use entity::lifecycle_rule::{self, Anchor, Audience, Content, Notice, Notices, Recipient, Recipients, Template};
use jobs::dates::Month;
use jobs::history::{Changes, Entry};
use jobs::lifecycle::rule;
use jobs::lifecycle::{follow_ups, plan};
use jobs::responsible::{Assignment, Responsible};
use jobs::{Error, Result, Write};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryOrder};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::access::caller::{Caller, Scope};
use crate::members::appointments::MemberName;
use crate::members::card::etag;
use crate::members::list::Page;
use crate::members::rules::{self, Problems};
use crate::state::State;
use crate::web::answer::{Answer, Once, give, give_list, give_plain};
use crate::web::extract::{Allowed, Body, Field, IfMatch, Unknown, scope};
use crate::web::problem::Result as Outcome;

/// The most people that a preview names.
const MOST_PREVIEWED: usize = 1_000;

/// A lifecycle rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rule {
    /// Its short name.
    #[schema(example = "graduate-follow-up")]
    key: String,
    /// What it is for.
    title: String,
    /// The date from which it counts.
    anchor: Anchor,
    /// ISO 8601 duration with a sign, from the anchor to the day on which somebody is due.
    #[schema(example = "P6M")]
    offset: String,
    /// Whom it concerns.
    audience: Audience,
    /// Who is told.
    recipients: Vec<Recipient>,
    /// When they are told.
    notices: Vec<Notice>,
    /// What the mails say.
    template: Template,
    /// How long after the due date somebody whose date was entered late still joins a list.
    #[schema(example = "P6M")]
    look_back: String,
    /// What the mails hold of a member. A recipient at an employer's mail domain gets a mere link, whatever stands here.
    content: Content,
    /// Whether it rests.
    paused: bool,
    /// Since when it is switched on.
    active_from: Option<DateTime<Utc>>,
    /// The first due date for which it answers.
    covered_from: Option<NaiveDate>,
    /// Whether it came with the program.
    built_in: bool,
    /// Grows by one with every change.
    version: i64,
}

impl From<lifecycle_rule::Model> for Rule {
    fn from(row: lifecycle_rule::Model) -> Self {
        Self {
            key: row.key,
            title: row.title,
            anchor: row.anchor,
            offset: row.offset,
            audience: row.audience,
            recipients: row.recipients.0,
            notices: row.notices.0,
            template: row.template,
            look_back: row.look_back,
            content: row.content,
            paused: row.paused,
            active_from: row.active_from,
            covered_from: row.covered_from,
            built_in: row.built_in,
            version: row.version,
        }
    }
}

/// A rule to be made. It starts paused; look at its preview first.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewRule {
    /// A short name in lower case with hyphens.
    #[serde(default)]
    #[schema(value_type = String, required = true, max_length = 60, example = "graduate-second-call")]
    key: Field<String>,
    /// What it is for.
    #[serde(default)]
    #[schema(value_type = String, required = true, max_length = 200, example = "Call once more after a year")]
    title: Field<String>,
    /// The date from which it counts.
    #[serde(default)]
    #[schema(value_type = Anchor, required = true)]
    anchor: Field<Anchor>,
    /// ISO 8601 duration with a sign, of whole days.
    #[serde(default)]
    #[schema(value_type = String, required = true, example = "P1Y")]
    offset: Field<String>,
    /// Whom it concerns.
    #[serde(default)]
    #[schema(value_type = Audience, required = true)]
    audience: Field<Audience>,
    /// Who is told; what fits the template is accepted.
    #[serde(default)]
    #[schema(value_type = Vec<Recipient>, required = true)]
    recipients: Field<Vec<Recipient>>,
    /// When they are told.
    #[serde(default)]
    #[schema(value_type = Vec<Notice>, required = true)]
    notices: Field<Vec<Notice>>,
    /// What the mails say.
    #[serde(default)]
    #[schema(value_type = Template, required = true)]
    template: Field<Template>,
    /// ISO 8601 duration; P6M when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "P6M")]
    look_back: Field<String>,
    /// What the mails hold of a member; `names` when left out.
    #[serde(default)]
    #[schema(value_type = Option<Content>)]
    content: Field<Content>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// A change to a rule. A field not sent changes nothing.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct RuleChange {
    /// What it is for.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    title: Field<String>,
    /// ISO 8601 duration with a sign, of whole days.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "P6M")]
    offset: Field<String>,
    /// Who is told.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Recipient>>)]
    recipients: Field<Vec<Recipient>>,
    /// When they are told.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Notice>>)]
    notices: Field<Vec<Notice>>,
    /// ISO 8601 duration.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "P6M")]
    look_back: Field<String>,
    /// What the mails hold of a member.
    #[serde(default)]
    #[schema(value_type = Option<Content>)]
    content: Field<Content>,
    /// True lets it rest. False switches it on from now: earlier months are not made up for.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    paused: Field<bool>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Lists the lifecycle rules by name.
#[utoipa::path(tag = "lifecycle", security(("token" = ["rules"])),
    responses((status = 200, description = "All rules", body = Page<Rule>)))]
#[get("/lifecycle-rules")]
pub(crate) async fn list_rules(_: Allowed<scope::Rules>, state: Data<State>) -> Outcome<HttpResponse> {
    let items = list(state.store.database()).await?.into_iter().map(Rule::from).collect();
    give_plain(&Page { items, next: None })
}

/// All rules by name.
pub(crate) async fn list(database: &impl ConnectionTrait) -> Result<Vec<lifecycle_rule::Model>> {
    Ok(lifecycle_rule::Entity::find().order_by_asc(lifecycle_rule::Column::Key).all(database).await?)
}

/// Makes a rule, which is paused until it is switched on.
#[utoipa::path(tag = "lifecycle", params(Once), request_body = NewRule, security(("token" = ["rules"])),
    responses((status = 201, description = "The new rule", body = Rule, headers(("ETag" = String), ("Location" = String)))))]
#[post("/lifecycle-rules")]
pub(crate) async fn create_rule(
    caller: Allowed<scope::Rules>,
    state: Data<State>,
    once: Once,
    body: Body<NewRule>,
) -> Outcome<HttpResponse> {
    let sent = body.value;
    let mut problems = Problems::default();
    sent.unknown.refuse(&mut problems);
    let now = state.store.clock().now();
    // What is missing has a stand-in only until every problem has been found.
    let row = lifecycle_rule::Model {
        key: sent.key.required("/key", &mut problems, Ok).unwrap_or_else(|| "x".into()),
        title: sent.title.required("/title", &mut problems, |title| rules::name(&title)).unwrap_or_default(),
        anchor: sent.anchor.required("/anchor", &mut problems, Ok).unwrap_or(Anchor::GraduationDate),
        offset: sent.offset.required("/offset", &mut problems, Ok).unwrap_or_else(|| "P0D".into()),
        audience: sent.audience.required("/audience", &mut problems, Ok).unwrap_or(Audience::StudentsAtAnchor),
        recipients: Recipients(sent.recipients.required("/recipients", &mut problems, Ok).unwrap_or_default()),
        notices: Notices(sent.notices.required("/notices", &mut problems, Ok).unwrap_or_default()),
        template: sent.template.required("/template", &mut problems, Ok).unwrap_or(Template::Graduates),
        look_back: sent.look_back.optional("/look_back", &mut problems, Ok).unwrap_or_else(|| "P6M".into()),
        content: sent.content.optional("/content", &mut problems, Ok).unwrap_or(Content::Names),
        paused: true,
        active_from: None,
        covered_from: None,
        built_in: false,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    if problems.is_empty() {
        note_all(&row, &mut problems);
    }
    problems.into_result()?;
    once.run(&state, &caller, "create_rule", &body.bytes, async |write| {
        add(write, row.clone()).await?;
        Ok(answer(StatusCode::CREATED, row.clone())?.at(format!("/api/v1/lifecycle-rules/{}", row.key)))
    })
    .await
}

/// Stores a new rule.
pub(crate) async fn add(write: &Write, row: lifecycle_rule::Model) -> Result<()> {
    if lifecycle_rule::Entity::find_by_id(&row.key).one(write.database()).await?.is_some() {
        return Err(Error::conflict("/key", "another rule has this name; choose a different one"));
    }
    lifecycle_rule::Entity::insert(row.into_active_model()).exec_without_returning(write.database()).await?;
    note(write, Change::Created, Changes::default());
    Ok(())
}

/// Reads a rule.
#[utoipa::path(tag = "lifecycle", params(("rule" = String, Path, description = "Its short name")), security(("token" = ["rules"])),
    responses((status = 200, description = "The rule", body = Rule, headers(("ETag" = String)))))]
#[get("/lifecycle-rules/{rule}")]
pub(crate) async fn read_rule(caller: Allowed<scope::Rules>, state: Data<State>, key: Path<String>) -> Outcome<HttpResponse> {
    let row = load(state.store.database(), &key).await?;
    give(&state, &caller, "read_rule", answer(StatusCode::OK, row)?).await
}

/// Changes a rule, lets it rest, or switches it on.
#[utoipa::path(tag = "lifecycle", params(("rule" = String, Path, description = "Its short name"), IfMatch),
    request_body(content((RuleChange = "application/json"), (RuleChange = "application/merge-patch+json"))),
    security(("token" = ["rules"])),
    responses((status = 200, description = "The rule as it is now", body = Rule, headers(("ETag" = String)))))]
#[patch("/lifecycle-rules/{rule}")]
pub(crate) async fn change_rule(
    caller: Allowed<scope::Rules>,
    state: Data<State>,
    key: Path<String>,
    if_match: IfMatch,
    body: Body<RuleChange>,
) -> Outcome<HttpResponse> {
    let answer = state
        .store
        .write(caller.actor(), async |write| {
            let before = load(write.database(), &key).await?;
            if_match.check(&etag(&Rule::from(before.clone()))?)?;
            let sent = body.value.clone();
            let mut problems = Problems::default();
            sent.unknown.refuse(&mut problems);
            let mut after = before.clone();
            sent.title.replace("/title", &mut problems, &mut after.title, |title| rules::name(&title));
            sent.offset.replace("/offset", &mut problems, &mut after.offset, Ok);
            sent.recipients.replace("/recipients", &mut problems, &mut after.recipients.0, Ok);
            sent.notices.replace("/notices", &mut problems, &mut after.notices.0, Ok);
            sent.look_back.replace("/look_back", &mut problems, &mut after.look_back, Ok);
            sent.content.replace("/content", &mut problems, &mut after.content, Ok);
            sent.paused.replace("/paused", &mut problems, &mut after.paused, Ok);
            if problems.is_empty() {
                note_all(&after, &mut problems);
            }
            problems.into_result()?;
            answer(StatusCode::OK, store(write, &before, after).await?)
        })
        .await?;
    give(&state, &caller, "change_rule", answer).await
}

/// Stores `after` in place of `before`. A rule that is switched on begins now.
pub(crate) async fn store(
    write: &Write,
    before: &lifecycle_rule::Model,
    mut after: lifecycle_rule::Model,
) -> Result<lifecycle_rule::Model> {
    if before.paused && !after.paused {
        let clock = write.clock();
        after.active_from = Some(write.now());
        after.covered_from = Some(rule::first_covered(clock.zone(), write.now()));
    }
    if after != *before {
        let mut changes = Changes::default();
        changes.note("title", &before.title, &after.title);
        changes.note("offset", &before.offset, &after.offset);
        changes.note("recipients", &before.recipients, &after.recipients);
        changes.note("notices", &before.notices, &after.notices);
        changes.note("look_back", &before.look_back, &after.look_back);
        changes.note("content", &before.content, &after.content);
        changes.note("paused", &before.paused, &after.paused);
        (after.version, after.updated_at) = (before.version + 1, write.now());
        let row = after.clone().into_active_model().reset_all();
        lifecycle_rule::Entity::update(row).exec(write.database()).await?;
        note(write, Change::Updated, changes);
    }
    Ok(after)
}

/// Which month to look at.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PreviewQuery {
    /// The month.
    #[param(example = "2027-01")]
    period: String,
}

/// What a rule would do for a month, were its list made now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preview {
    /// The month.
    #[schema(example = "2027-01")]
    pub(crate) period: String,
    /// Whom the register says are due, those left out included.
    pub(crate) due: usize,
    /// Who would be listed.
    pub(crate) listed: usize,
    /// Those of the listed who would go to somebody else than the first in the chain.
    pub(crate) rerouted: usize,
    /// Those who would be left out, by reason.
    #[schema(value_type = Object, example = json!({"left": 2}))]
    pub(crate) left_out: BTreeMap<&'static str, usize>,
    /// How many mails there would be.
    pub(crate) mails: usize,
    /// Those of the listed whom you may see, a thousand at the most, in the order in which they are due.
    pub(crate) items: Vec<Previewed>,
}

/// Somebody who would be listed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Previewed {
    /// Who.
    pub(crate) member: MemberName,
    /// The date from which it counts.
    pub(crate) anchor_date: NaiveDate,
    /// The day on which she is due.
    pub(crate) due_on: NaiveDate,
    /// Whether her date was entered too late for its own list.
    pub(crate) late: bool,
    /// Whether her graduation is confirmed.
    pub(crate) graduation_confirmed: bool,
    /// Whether she is a member of another type than student today.
    pub(crate) already_professional: bool,
    /// The representative who would be responsible; null for an office, for a rule that only tells, and for one whom you may
    /// not see.
    pub(crate) responsible: Option<MemberName>,
    /// The office that would be.
    pub(crate) office: Option<Office>,
    /// Why nobody earlier in the chain is.
    pub(crate) rerouted: Vec<&'static str>,
}

/// Shows what a rule would do for a month, whether or not it is switched on. Nothing is written and nobody is mailed.
#[utoipa::path(tag = "lifecycle", params(("rule" = String, Path, description = "Its short name"), PreviewQuery),
    security(("token" = ["rules"]), ("token" = ["follow-ups"])),
    responses((status = 200, description = "What it would do", body = Preview)))]
#[get("/lifecycle-rules/{rule}/preview")]
pub(crate) async fn preview_rule(
    caller: Allowed<scope::Preview>,
    state: Data<State>,
    key: Path<String>,
    query: Query<PreviewQuery>,
) -> Outcome<HttpResponse> {
    let period = query.period.parse::<Month>();
    let period = period.map_err(|error| Error::invalid("/period", error.to_string()))?;
    let (answer, shown) = preview(&state, &caller, &key, period).await?;
    give_list(&state, &caller, "preview_rule", shown, &answer).await
}

/// What the rule `key` would do for a month, and whom that names.
pub(crate) async fn preview(state: &State, caller: &Caller, key: &str, period: Month) -> Result<(Preview, Vec<Uuid>)> {
    let row = load(state.store.database(), key).await?;
    let preview = state.automation().preview(&row, period).await?;
    let (reading, opened) = (&preview.reading, &preview.plan.opened);
    let assignments = || opened.iter().filter_map(|opened| opened.assignment.as_ref());
    let named = opened.iter().take(MOST_PREVIEWED).filter(|_| caller.may(Scope::FollowUps));
    let named: Vec<&plan::Opened> = named.collect();
    let people: BTreeSet<Uuid> = named
        .iter()
        .flat_map(|opened| {
            let responsible = opened.assignment.as_ref().and_then(representative);
            [Some(reading.cases[opened.case].person.id), responsible].into_iter().flatten()
        })
        .collect();
    let names = follow_ups::members(state.store.database(), &caller.viewer(), people).await?;
    let today = state.store.clock().today();
    let mut items: Vec<Previewed> =
        named.into_iter().filter_map(|opened| previewed(&reading.cases[opened.case], opened, &names, today)).collect();
    items.sort_by_key(|item| (item.due_on, item.member.id));
    let shown = items.iter().flat_map(|item| std::iter::once(&item.member).chain(&item.responsible)).map(|name| name.id);
    let shown: BTreeSet<Uuid> = shown.collect();
    let answer = Preview {
        period: period.to_string(),
        due: preview.plan.due,
        listed: opened.len(),
        rerouted: assignments().filter(|assignment| !assignment.rerouted.is_empty()).count(),
        left_out: preview.plan.left_out.iter().map(|(reason, count)| (reason.word(), *count)).collect(),
        mails: preview.mails,
        items,
    };
    Ok((answer, shown.into_iter().collect()))
}

fn previewed(
    case: &plan::Case,
    opened: &plan::Opened,
    names: &HashMap<Uuid, entity::member::Model>,
    today: NaiveDate,
) -> Option<Previewed> {
    let assignment = opened.assignment.as_ref();
    Some(Previewed {
        member: MemberName::of(names.get(&case.person.id)?),
        anchor_date: case.anchor,
        due_on: case.due,
        late: opened.late,
        graduation_confirmed: case.confirmed,
        already_professional: case.is_professional(today),
        responsible: assignment.and_then(representative).and_then(|id| names.get(&id)).map(MemberName::of),
        office: match assignment.map(|assignment| assignment.to) {
            Some(Responsible::Office(office)) => Some(office),
            _ => None,
        },
        rerouted: assignment.into_iter().flat_map(|it| it.rerouted.iter().map(|reason| reason.word())).collect(),
    })
}

fn representative(assignment: &Assignment) -> Option<Uuid> {
    match assignment.to {
        Responsible::Representative { member, .. } => Some(member),
        Responsible::Office(_) => None,
    }
}

/// The rule of this name.
pub(crate) async fn load(database: &impl ConnectionTrait, key: &str) -> Result<lifecycle_rule::Model> {
    if !rule::is_name(key) {
        return Err(Error::NotFound);
    }
    lifecycle_rule::Entity::find_by_id(key).one(database).await?.ok_or(Error::NotFound)
}

/// The name of a rule in a query.
pub(super) fn name(key: Option<String>) -> Result<Option<String>> {
    match key {
        Some(key) if !rule::is_name(&key) => {
            Err(Error::invalid("/rule", "is no name of a rule; see GET /api/v1/lifecycle-rules"))
        }
        key => Ok(key),
    }
}

fn note_all(row: &lifecycle_rule::Model, problems: &mut Problems) {
    for problem in rule::check(row) {
        problems.add(&problem.pointer, problem.detail);
    }
}

/// A rule has a name and no id; what the history says of it stands in the changes.
fn note(write: &Write, change: Change, changes: Changes) {
    let changes = (!changes.is_empty()).then(|| changes.into_json());
    write.note(Entry { subject: Subject::LifecycleRule, subject_id: Uuid::nil(), member_id: None, change, changes });
}

fn answer(status: StatusCode, row: lifecycle_rule::Model) -> Result<Answer> {
    let rule = Rule::from(row);
    Answer::of(status, &rule)?.tagged(&rule)
}
