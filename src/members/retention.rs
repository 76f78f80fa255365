//! How long leavers are kept, by class. Pure.
//!
//! Who has left is kept for a while, because she may come back, and because questions about the time of her membership
//! come later. After that the union has no reason to know her. The defaults are a proposal; how long is the
//! organisation's to decide and to write down.

use std::fmt;
use std::str::FromStr;

use chrono::{Months, NaiveDate};
use entity::membership_period::{LeaveReason, MembershipType};
use serde::{Deserialize, Serialize};

use super::member::Member;

/// How long each class of leavers is kept after the last day, `None` for ever: `left=P24M,deceased=P12M,prospect=P12M`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Retention {
    /// Whose membership ended.
    pub left: Option<Months>,
    /// Whose membership ended because she died.
    pub deceased: Option<Months>,
    /// Who was a prospect and never became a member: from when she was registered, or ceased to be one.
    pub prospect: Option<Months>,
}

impl Default for Retention {
    fn default() -> Self {
        Self { left: Some(Months::new(24)), deceased: Some(Months::new(12)), prospect: Some(Months::new(12)) }
    }
}

impl Retention {
    /// The first day on which `member` is to be erased; none while she is a member, or when her class is kept for ever.
    pub fn due_on(&self, member: &Member) -> Option<NaiveDate> {
        let last = member.periods.last()?;
        let (from, kept) = if last.membership_type == MembershipType::Prospect {
            let registered = last.valid_from.unwrap_or(member.row.created_at.date_naive());
            (last.valid_until.unwrap_or(registered), self.prospect?)
        } else if last.leave_reason == Some(LeaveReason::Deceased) {
            (last.valid_until?, self.deceased?)
        } else {
            (last.valid_until?, self.left?)
        };
        (from + kept).succ_opt()
    }

    /// The shortest time for which anybody is kept.
    pub fn shortest(&self) -> Option<Months> {
        [self.left, self.deceased, self.prospect].into_iter().flatten().min_by_key(|months| months.as_u32())
    }
}

impl FromStr for Retention {
    type Err = String;

    /// Classes that are not named keep their default.
    fn from_str(text: &str) -> Result<Self, String> {
        const FORM: &str = "write for example left=P24M,deceased=P12M,prospect=never (months PnM, years PnY, or never)";
        let mut retention = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (class, time) = part.split_once('=').ok_or(FORM)?;
            let time = match time.trim() {
                "never" => None,
                time => Some(months(time).ok_or(FORM)?),
            };
            match class.trim() {
                "left" => retention.left = time,
                "deceased" => retention.deceased = time,
                "prospect" => retention.prospect = time,
                _ => return Err(FORM.to_owned()),
            }
        }
        Ok(retention)
    }
}

/// `P24M` or `P2Y`, at most a hundred years.
fn months(text: &str) -> Option<Months> {
    let number = |digits: &str| digits.parse::<u32>().ok();
    let rest = text.strip_prefix('P')?;
    let months = match (rest.strip_suffix('M'), rest.strip_suffix('Y')) {
        (Some(months), _) => number(months)?,
        (_, Some(years)) => number(years)?.checked_mul(12)?,
        _ => return None,
    };
    (months <= 1200).then(|| Months::new(months))
}

impl fmt::Display for Retention {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |months: Option<Months>| months.map_or("never".to_owned(), |months| format!("P{}M", months.as_u32()));
        write!(formatter, "left={},deceased={},prospect={}", time(self.left), time(self.deceased), time(self.prospect))
    }
}

impl TryFrom<String> for Retention {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Retention> for String {
    fn from(retention: Retention) -> Self {
        retention.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retention_is_written_as_it_is_read() {
        for text in ["left=P24M,deceased=P12M,prospect=P12M", "left=never,deceased=P120M,prospect=P0M"] {
            assert_eq!(text.parse::<Retention>().unwrap().to_string(), text);
        }
        assert_eq!("left=P2Y".parse::<Retention>(), Ok(Retention::default()));
        assert_eq!("".parse::<Retention>(), Ok(Retention::default()));
        for text in ["24", "left", "left=", "left=24M", "left=P24", "left=P24D", "gone=P1M", "left=P9999Y"] {
            assert!(text.parse::<Retention>().is_err(), "{text}");
        }
    }
}
