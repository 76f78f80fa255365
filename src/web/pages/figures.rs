//! The union's key figures as small pictures, each with its table beneath; and where nobody is represented.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use askama::Template;
use chrono::Days;
use entity::membership_period::{LeaveReason, MembershipType};
use entity::read_audit::Access;
use jobs::texts::Language;
use sea_orm::Iterable as _;

use super::shell::Shell;
use super::texts::{Text, text};
use super::{card, give, give_members, words};
use crate::members::appointments;
use crate::members::figures::{self, Coverage, Figures};
use crate::state::State;
use crate::web::extract::{Allowed, scope};
use crate::web::problem::Result as Outcome;

/// How soon an appointment must end to be listed, in days.
const SOON: u64 = 90;
/// The most that is listed of either.
const MOST: u64 = 100;
/// The size of a picture, in its own units.
const HEIGHT: u64 = 120;
const BAR: u64 = 40;
const STEP: u64 = 60;
/// What a picture of few bars is as wide as.
const WIDTH: u64 = 360;

/// A table of numbers with the picture of it: bars, in pieces from the ground up.
struct Chart {
    id: &'static str,
    title: Text,
    columns: Vec<String>,
    rows: Vec<(String, Vec<String>)>,
    bars: Vec<Bar>,
    width: u64,
    /// Whether the rows are the pieces of the bars, each in its colour.
    has_key: bool,
}

struct Bar {
    label: String,
    middle: u64,
    pieces: Vec<Piece>,
}

struct Piece {
    x: u64,
    y: u64,
    height: u64,
    /// Which of the series, for its colour.
    series: usize,
    said: String,
}

impl Chart {
    /// Of `series` (name and one number for each of `columns`). `scale`: what the full height stands for, else the highest bar.
    fn of(
        language: Language,
        id: &'static str,
        title: Text,
        columns: Vec<String>,
        series: &[(String, Vec<u64>)],
        scale: Option<u64>,
    ) -> Self {
        let sum = |at: usize| series.iter().map(|(_, values)| values.get(at).copied().unwrap_or_default()).sum::<u64>();
        let highest = scale.or_else(|| (0..columns.len()).map(sum).max()).unwrap_or_default().max(1);
        let count = u64::try_from(columns.len()).unwrap_or_default();
        let step = STEP.max(WIDTH.checked_div(count).unwrap_or(WIDTH));
        let bars = columns.iter().enumerate().map(|(at, label)| {
            let x = u64::try_from(at).unwrap_or_default() * step + (step - BAR) / 2;
            let mut ground = HEIGHT;
            let mut pieces = Vec::new();
            for (number, (name, values)) in series.iter().enumerate() {
                let value = values.get(at).copied().unwrap_or_default();
                let height = (value * HEIGHT).div_ceil(highest).min(ground);
                ground -= height;
                let said = format!("{label}, {name}: {}", words::number(language, value));
                pieces.push(Piece { x, y: ground, height, series: number, said });
            }
            pieces.retain(|piece| piece.height > 0);
            Bar { label: label.clone(), middle: x + BAR / 2, pieces }
        });
        let shown = |values: &Vec<u64>| values.iter().map(|value| words::number(language, *value)).collect();
        Self {
            id,
            title,
            has_key: series.len() > 1,
            width: count * step,
            bars: bars.collect(),
            rows: series.iter().map(|(name, values)| (name.clone(), shown(values))).collect(),
            columns,
        }
    }
}

#[derive(Template)]
#[template(path = "figures.html")]
struct FiguresPage {
    page: Shell,
    charts: Vec<Chart>,
}

/// Shows the key figures.
#[get("/figures")]
pub(crate) async fn show_figures(
    caller: Allowed<scope::Figures>,
    request: HttpRequest,
    state: Data<State>,
) -> Outcome<HttpResponse> {
    let (database, today) = (state.store.database(), state.store.clock().today());
    let figures = figures::figures(database, today).await?;
    let coverage = figures::coverage(database, today).await?;
    let page = Shell::of(&request, &state, Some(&caller));
    let charts = charts(page.language, &figures, &coverage);
    give(&FiguresPage { page, charts })
}

fn charts(language: Language, figures: &Figures, coverage: &Coverage) -> Vec<Chart> {
    let types = words::TYPES.into_iter().filter(|kind| *kind != MembershipType::Prospect);
    let types = types.map(|kind| {
        let counts = figures.members.iter().map(|on| on.by_type.get(&kind).copied().unwrap_or_default());
        (words::membership_type(language, kind).to_string(), counts.collect::<Vec<u64>>())
    });
    let types: Vec<_> = types.filter(|(_, counts)| counts.iter().any(|count| *count > 0)).collect();
    let days = figures.members.iter().map(|on| words::date(language, on.day)).collect();
    let years: Vec<String> = figures.years.iter().map(|year| year.year.to_string()).collect();
    let joined = vec![(text(language, "figure-joined").to_string(), figures.years.iter().map(|year| year.joined).collect())];
    let occurs = |reason: &LeaveReason| figures.years.iter().any(|year| year.left.iter().any(|(it, _)| it == reason));
    let left = LeaveReason::iter().filter(occurs).map(|reason| {
        let of = |year: &figures::Year| year.left.iter().find(|(it, _)| *it == reason).map_or(0, |(_, count)| *count);
        (words::leave_reason(language, reason).to_string(), figures.years.iter().map(of).collect::<Vec<u64>>())
    });
    let left: Vec<_> = left.collect();
    let share = |(all, stayed): (u64, u64)| (stayed * 100).checked_div(all).unwrap_or_default();
    let stayed = |title: Text, id, of: fn(&figures::Graduates) -> (u64, u64)| {
        // Of whom it cannot be said yet is left out.
        let told: Vec<(u64, u64)> = figures.graduates.iter().map(of).filter(|(all, _)| *all > 0).collect();
        let cohorts = figures.graduates.iter().filter(|it| of(it).0 > 0).map(|it| it.year.to_string()).collect();
        let series = [(text(language, "figure-stayed-share").to_string(), told.iter().map(|it| share(*it)).collect())];
        let mut chart = Chart::of(language, id, title, cohorts, &series, Some(100));
        let counts = |pick: fn(&(u64, u64)) -> u64| told.iter().map(|it| words::number(language, pick(it))).collect();
        chart.rows.insert(0, (text(language, "figure-graduates").to_string(), counts(|(all, _)| *all)));
        chart.rows.insert(1, (text(language, "figure-stayed").to_string(), counts(|(_, stayed)| *stayed)));
        chart
    };
    vec![
        Chart::of(language, "members", text(language, "figure-members"), days, &types, None),
        Chart::of(language, "joined", text(language, "figure-joined-by-year"), years.clone(), &joined, None),
        Chart::of(language, "left", text(language, "figure-left-by-reason"), years, &left, None),
        stayed(text(language, "figure-stayed-6"), "stayed-6", |it| it.after_6),
        stayed(text(language, "figure-stayed-12"), "stayed-12", |it| it.after_12),
        covered(language, coverage),
    ]
}

fn covered(language: Language, coverage: &Coverage) -> Chart {
    let places = u64::try_from(coverage.uncovered.len()).unwrap_or(u64::MAX);
    let members = coverage.uncovered.iter().map(|place| place.members).sum();
    let columns = [text(language, "figure-workplaces"), text(language, "figure-members-there")].map(String::from);
    // Places and people have different sizes: each bar is a share of its own whole.
    let series = [
        (text(language, "figure-covered").to_string(), vec![coverage.covered.0, coverage.covered.1]),
        (text(language, "figure-uncovered").to_string(), vec![places, members]),
    ];
    let mut chart = Chart::of(language, "covered", text(language, "figure-coverage"), columns.into(), &series, None);
    for (bar, (with, without)) in chart.bars.iter_mut().zip([(coverage.covered.0, places), (coverage.covered.1, members)]) {
        let height = (with * HEIGHT).checked_div(with + without).unwrap_or_default();
        for piece in &mut bar.pieces {
            (piece.y, piece.height) = if piece.series == 0 { (HEIGHT - height, height) } else { (0, HEIGHT - height) };
        }
    }
    chart
}

struct Place {
    name: String,
    members: String,
}

struct Ending {
    address: String,
    name: String,
    what: String,
}

#[derive(Template)]
#[template(path = "workplaces.html")]
struct WorkplacesPage {
    page: Shell,
    chart: Chart,
    places: Vec<Place>,
    total: String,
    ending: Vec<Ending>,
}

/// Shows the workplaces that nobody represents, and the appointments that end soon.
#[get("/workplaces")]
pub(crate) async fn show_workplaces(
    caller: Allowed<scope::Register>,
    request: HttpRequest,
    state: Data<State>,
) -> Outcome<HttpResponse> {
    let (database, today) = (state.store.database(), state.store.clock().today());
    let coverage = figures::coverage(database, today).await?;
    let until = today.checked_add_days(Days::new(SOON)).unwrap_or(today);
    let ends = appointments::Filter { ends: Some((today, until)), ..Default::default() };
    let mut ending = appointments::list(database, &caller.viewer(), &ends, None, MOST).await?.items;
    ending.sort_by_key(|appointment| appointment.valid_until);
    let page = Shell::of(&request, &state, Some(&caller));
    let language = page.language;
    let shown = ending.iter().map(|appointment| appointment.member.id).collect();
    let place = |place: &figures::Uncovered| Place {
        name: place.employer.as_ref().map_or(place.name.clone(), |employer| format!("{}, {employer}", place.name)),
        members: words::number(language, place.members),
    };
    let body = WorkplacesPage {
        chart: covered(language, &coverage),
        total: words::number(language, u64::try_from(coverage.uncovered.len()).unwrap_or(u64::MAX)),
        places: coverage.uncovered.iter().take(usize::try_from(MOST).unwrap_or(usize::MAX)).map(place).collect(),
        ending: ending
            .iter()
            .map(|appointment| Ending {
                address: format!("/desk/members/{}", appointment.member.id),
                name: format!("{} {}", appointment.member.given_names, appointment.member.surname),
                what: card::appointed(language, appointment),
            })
            .collect(),
        page,
    };
    give_members(&state, &caller, "workplaces_page", Access::Listed, shown, &body).await
}
