//! Civil dates of lifecycle automation: offsets, due dates and calendar months. Pure.
//!
//! An [`Offset`] is an ISO 8601 duration of whole days with a sign (`P6M`, `-P60D`). It is added to an anchor the way people
//! do: years and months first, and a day that the month does not have becomes its last (31 August + P6M = 28 or 29
//! February), then weeks and days. Adding an offset keeps the order of dates, so the anchors that fall due in a span are a
//! span themselves: [`Offset::anchors_due`] gives it, and an index finds whoever is due.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate};

/// The longest offset, in years: longer than a life is a slip of the finger.
const MOST_YEARS: u32 = 120;

/// A span of whole days between an anchor and the day on which somebody is due: ISO 8601-1, 5.5.2, with a sign in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset {
    before: bool,
    months: u32,
    days: u32,
}

/// Why a text is no offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no span of days; write an ISO 8601 duration such as P6M, P1Y, P2W or -P60D, of at most {MOST_YEARS} years")]
pub struct NoOffset;

impl Offset {
    /// The day on which somebody with this anchor is due; none beyond the calendar.
    pub fn due(self, anchor: NaiveDate) -> Option<NaiveDate> {
        let (months, days) = (Months::new(self.months), Days::new(self.days.into()));
        if self.before {
            anchor.checked_sub_months(months)?.checked_sub_days(days)
        } else {
            anchor.checked_add_months(months)?.checked_add_days(days)
        }
    }

    /// The first and the last anchor whose due date lies from `first` to `last`; none when there is no such anchor.
    pub fn anchors_due(self, first: NaiveDate, last: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
        let earliest = self.first_anchor_due_from(first)?;
        let latest = self.first_anchor_due_from(last.succ_opt()?)?.pred_opt()?;
        (earliest <= latest).then_some((earliest, latest))
    }

    /// Its whole months and days, and whether it counts backwards.
    pub fn parts(self) -> (u32, u32, bool) {
        (self.months, self.days, self.before)
    }

    /// As far in the other direction.
    pub fn reversed(self) -> Self {
        Self { before: !self.before && (self.months, self.days) != (0, 0), ..self }
    }

    /// The first anchor that is due on `day` or later. Going back by the offset lands a few days beside it, because months
    /// differ in length.
    fn first_anchor_due_from(self, day: NaiveDate) -> Option<NaiveDate> {
        let mut anchor = self.reversed().due(day)?;
        while self.due(anchor)? >= day {
            anchor = anchor.pred_opt()?;
        }
        while self.due(anchor)? < day {
            anchor = anchor.succ_opt()?;
        }
        Some(anchor)
    }
}

impl FromStr for Offset {
    type Err = NoOffset;

    fn from_str(text: &str) -> Result<Self, NoOffset> {
        let (before, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let mut rest = rest.strip_prefix('P').ok_or(NoOffset)?;
        let (mut months, mut days) = (0_u32, 0_u32);
        let mut units = "YMWD";
        if rest.is_empty() {
            return Err(NoOffset);
        }
        while !rest.is_empty() {
            let end = rest.find(|letter: char| !letter.is_ascii_digit()).ok_or(NoOffset)?;
            let number: u32 = rest[..end].parse().map_err(|_| NoOffset)?;
            let unit = rest[end..].chars().next().ok_or(NoOffset)?;
            // Each unit once, the longest first.
            let at = units.find(unit).ok_or(NoOffset)?;
            units = &units[at + 1..];
            let (sum, factor) = match unit {
                'Y' => (&mut months, 12),
                'M' => (&mut months, 1),
                'W' => (&mut days, 7),
                _ => (&mut days, 1),
            };
            *sum = number.checked_mul(factor).and_then(|more| sum.checked_add(more)).ok_or(NoOffset)?;
            rest = &rest[end + 1..];
        }
        if months > 12 * MOST_YEARS || days > 366 * MOST_YEARS {
            return Err(NoOffset);
        }
        Ok(Self { before: before && (months, days) != (0, 0), months, days })
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.before { "-P" } else { "P" })?;
        match (self.months / 12, self.months % 12) {
            (0, 0) => {}
            (years, 0) => write!(formatter, "{years}Y")?,
            (0, months) => write!(formatter, "{months}M")?,
            (years, months) => write!(formatter, "{years}Y{months}M")?,
        }
        if self.days > 0 || self.months == 0 { write!(formatter, "{}D", self.days) } else { Ok(()) }
    }
}

/// A calendar month: what a list is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    first: NaiveDate,
}

/// Why a text is no month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no month; write it as 2027-01")]
pub struct NoMonth;

impl Month {
    /// The month in which `day` lies.
    pub fn of(day: NaiveDate) -> Self {
        Self { first: day.with_day(1).unwrap_or(day) }
    }

    /// Its first day.
    pub fn first(self) -> NaiveDate {
        self.first
    }

    /// Its last day.
    pub fn last(self) -> NaiveDate {
        let next = self.first.checked_add_months(Months::new(1)).and_then(|next| next.pred_opt());
        next.unwrap_or(NaiveDate::MAX)
    }

    /// The month after it.
    pub fn next(self) -> Self {
        Self { first: self.first.checked_add_months(Months::new(1)).unwrap_or(self.first) }
    }

    /// Whether `day` lies in it.
    pub fn contains(self, day: NaiveDate) -> bool {
        Self::of(day) == self
    }
}

impl FromStr for Month {
    type Err = NoMonth;

    fn from_str(text: &str) -> Result<Self, NoMonth> {
        let (year, month) = text.split_once('-').ok_or(NoMonth)?;
        let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(NoMonth);
        }
        let (year, month) = (year.parse().map_err(|_| NoMonth)?, month.parse().map_err(|_| NoMonth)?);
        NaiveDate::from_ymd_opt(year, month, 1).filter(|_| year >= 1850).map(|first| Self { first }).ok_or(NoMonth)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}", self.first.year(), self.first.month())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn offset(text: &str) -> Offset {
        text.parse().unwrap()
    }

    /// Every day from 1990 to 2060.
    fn all_days() -> impl Iterator<Item = NaiveDate> {
        day("1990-01-01").iter_days().take_while(|date| date.year() <= 2060)
    }

    #[test]
    fn the_end_of_a_month_is_constrained() {
        for (anchor, by, due) in [
            ("2026-08-31", "P6M", "2027-02-28"),
            ("2027-08-31", "P6M", "2028-02-29"),
            ("2027-08-29", "P6M", "2028-02-29"),
            ("2026-05-31", "P1M1D", "2026-07-01"),
            ("2024-02-29", "P1Y", "2025-02-28"),
            ("2026-08-31", "-P6M", "2026-02-28"),
            ("2027-03-01", "-P60D", "2026-12-31"),
            ("2026-11-24", "P0D", "2026-11-24"),
            ("2026-11-24", "P2W", "2026-12-08"),
        ] {
            assert_eq!(offset(by).due(day(anchor)), Some(day(due)), "{anchor} {by}");
        }
    }

    #[test]
    fn only_spans_of_whole_days_are_offsets() {
        for (text, shown) in
            [("P6M", "P6M"), ("P18M", "P1Y6M"), ("-P60D", "-P60D"), ("P1W", "P7D"), ("-P0D", "P0D"), ("P1Y2M3W4D", "P1Y2M25D")]
        {
            assert_eq!(offset(text).to_string(), shown);
            assert_eq!(offset(shown), offset(text));
        }
        for text in [
            "",
            "P",
            "-P",
            "6M",
            "P6",
            "PM",
            "P6m",
            "PT6H",
            "P6M ",
            "P1D1M",
            "P1M1M",
            "P6M-",
            "+P6M",
            "P121Y",
            "P9999999999D",
            "P١M",
        ] {
            assert_eq!(text.parse::<Offset>(), Err(NoOffset), "{text}");
        }
    }

    #[test]
    fn a_month_is_written_as_year_and_month() {
        let december: Month = "2026-12".parse().unwrap();
        assert_eq!((december.first(), december.last()), (day("2026-12-01"), day("2026-12-31")));
        assert_eq!(december.next().to_string(), "2027-01");
        for text in ["2026-13", "2026-00", "2026-1", "26-01", "2026/01", "2026-01-01", "", "1849-12", "+026-01"] {
            assert_eq!(text.parse::<Month>(), Err(NoMonth), "{text}");
        }
    }

    /// A due date does not depend on the zone: the period of a list is told by the civil date of its slot, whatever the
    /// zone; `timetable` holds that for each.
    #[test]
    fn every_due_date_lies_in_exactly_one_month_and_the_inverse_finds_its_anchor() {
        for by in ["P6M", "-P60D", "P1M", "P0D", "P1Y", "-P1M", "P6M15D", "-P6M1D"].map(offset) {
            let mut month = Month::of(by.due(day("1990-01-01")).unwrap());
            let mut span = by.anchors_due(month.first(), month.last()).unwrap();
            let mut before = None;
            for anchor in all_days() {
                let due = by.due(anchor).unwrap();
                assert!(before.is_none_or(|before| before <= due), "the order is kept: {anchor} {by}");
                before = Some(due);
                while !month.contains(due) {
                    let next = month.next();
                    assert!(month.last() < next.first() && month.last().succ_opt() == Some(next.first()));
                    month = next;
                    span = by.anchors_due(month.first(), month.last()).unwrap();
                    assert_eq!(span.0, anchor, "the spans of two months meet: {by}");
                }
                assert!(span.0 <= anchor && anchor <= span.1, "{anchor} {by}");
            }
        }
    }

    #[test]
    fn due_dates_are_those_of_dateutil() {
        let vectors = include_str!("../../tests/vectors/due_dates.tsv");
        let mut compared = 0;
        for line in vectors.lines().filter(|line| !line.starts_with('#')) {
            let [anchor, by, due] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
            assert_eq!(offset(by).due(day(anchor)), Some(day(due)), "{line}");
            compared += 1;
        }
        assert!(compared > 5_000);
    }

    proptest! {
        #[test]
        fn the_inverse_of_any_span_is_exact(
            from in 0_u64..25_000, length in 0_u64..400, years in 0_u32..40, months in 0_u32..24, days in 0_u32..400, before: bool,
        ) {
            let by = Offset { before, months: years * 12 + months, days };
            let first = day("1990-01-01") + Days::new(from);
            let last = first + Days::new(length);
            if let Some((earliest, latest)) = by.anchors_due(first, last) {
                let due = |anchor: NaiveDate| by.due(anchor).unwrap();
                prop_assert!(due(earliest) >= first && due(latest) <= last);
                prop_assert!(due(earliest.pred_opt().unwrap()) < first && due(latest.succ_opt().unwrap()) > last);
            } else {
                // No anchor reaches a span that a short month leaves out: 30 February does not exist, so nothing is due there.
                let around = (0..900).map(|back| by.due(Offset { before: !before, ..by }.due(first).unwrap() - Days::new(450) + Days::new(back)));
                prop_assert!(around.flatten().all(|due| due < first || due > last));
            }
        }

        #[test]
        fn what_is_no_offset_is_refused_without_panic(text in "\\PC{0,12}") {
            if let Ok(by) = text.parse::<Offset>() {
                prop_assert_eq!(by.to_string().parse::<Offset>(), Ok(by));
            }
        }
    }
}
