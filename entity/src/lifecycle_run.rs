//! The run table: that a rule's notice was made for a slot, once, and what came of it.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// One run. `UNIQUE(rule_key, notice, slot)` makes it happen once, whatever the clocks of the instances say.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "lifecycle_run")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which rule.
    pub rule_key: String,
    /// Of which of its notices.
    pub notice: crate::lifecycle_rule::Notice,
    /// The month listed (`2027-01`), or the day (`2027-01-15`).
    pub slot: String,
    /// When it was due.
    pub planned_at: DateTimeUtc,
    /// The civil date as of which the register was read.
    pub as_of: Date,
    /// Whether somebody ran it by hand.
    pub by_hand: bool,
    /// Whether it made up for a slot that had been missed.
    pub caught_up: bool,
    /// When it was begun first.
    pub started_at: DateTimeUtc,
    /// When all of it was written; null until then.
    pub finished_at: Option<DateTimeUtc>,
    /// Until when it belongs to whoever began it.
    pub lease_until: DateTimeUtc,
    /// Grows by one whenever somebody takes it over: what was begun under an earlier number writes nothing.
    pub epoch: i64,
    /// The last change of the register that it has seen.
    pub change_number: i64,
    /// Whom the register says are due, those left out included.
    pub due: i64,
    /// Who is on a list now, by this run.
    pub listed: i64,
    /// Mails put into the outbox.
    pub mailed: i64,
    /// Those of the listed who went to somebody else than the first in the chain.
    pub rerouted: i64,
    /// Those left out, counted by reason: `{"left": 2}`.
    pub left_out: Json,
    /// Members who could not be dealt with.
    pub failed: i64,
    /// How many mails there must be, counted from the register and not from the outbox.
    pub expected_mails: i64,
    /// Why the last attempt failed; null when it did not.
    pub error: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
