//! What goes into the history of a change. Rows are written by [`Write`](crate::Write) when its transaction commits.

use entity::history::{Change, Subject};
use sea_orm::ActiveEnum;
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Who does something: what the history and the read audit say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// A role's word, or `system`.
    pub kind: String,
    /// The token or account; none for the system.
    pub id: Option<Uuid>,
}

impl Actor {
    /// The service itself, or whoever has the command line.
    pub fn system() -> Self {
        Self { kind: "system".into(), id: None }
    }

    /// A caller known by id, in the role that `role` names.
    pub fn new<R: ActiveEnum<Value = String>>(role: &R, id: Uuid) -> Self {
        Self { kind: role.to_value(), id: Some(id) }
    }
}

/// One history row to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What was changed.
    pub subject: Subject,
    /// Which one.
    pub subject_id: Uuid,
    /// The member whom it concerns.
    pub member_id: Option<Uuid>,
    /// What happened.
    pub change: Change,
    /// Fields, old and new.
    pub changes: Option<Value>,
}

impl Entry {
    /// A change to a member.
    pub fn member(id: Uuid, change: Change, changes: Option<Value>) -> Self {
        Self { subject: Subject::Member, subject_id: id, member_id: Some(id), change, changes }
    }
}

/// The fields that a change touches, old and new: `{"email": {"old": null, "new": "a@example.org"}}`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes(Map<String, Value>);

impl Changes {
    /// Notes `field` if its value differs.
    pub fn note<T: Serialize + PartialEq>(&mut self, field: &str, old: &T, new: &T) {
        if old != new {
            self.0.insert(field.to_owned(), json!({"old": old, "new": new}));
        }
    }

    /// Notes that `field` changed, without its values: for what must not stand in the history.
    pub fn note_unsaid(&mut self, field: &str) {
        self.0.insert(field.to_owned(), json!({"old": null, "new": null}));
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `field` changed.
    pub fn touches(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// The names of the fields that changed.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// As stored.
    pub fn into_json(self) -> Value {
        Value::Object(self.0)
    }
}
