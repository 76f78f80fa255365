//! What a session shows a member of her own record, by how sure it is that it is she.
//!
//! OpenID Connect (BankID, Suomi.fi and the like) will be one more [`Method`](entity::session::Method) with
//! [`Assurance::Strong`]; nothing here changes with it.

use entity::session::Assurance;
use serde::{Deserialize, Serialize};

use super::sessions::Session;

/// `MATRIKEL_LINK_SHOWS`: what a session shows that began with a mailed link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkShows {
    /// Everything masked.
    Masked,
    /// Contact details, occupation, workplace, representatives and follow-ups in clear.
    #[default]
    Contact,
    /// Everything.
    Full,
}

/// What is shown of one's own record. The personal identity number never is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shows {
    /// That there is a value, not which.
    Masked,
    /// Own contact details, occupation, workplace, representatives and follow-ups; not periods, history and reads, nor
    /// export and erasure.
    Contact,
    /// Everything.
    Full,
}

impl Session {
    /// What this session shows its member of her own record. `protected` is whether she has a protected identity: then a
    /// mailed link or code shows nothing in clear, whatever else holds, because who reads her mail must not learn where she
    /// lives.
    pub fn shows(&self, setting: LinkShows, protected: bool) -> Shows {
        match self.assurance {
            Assurance::Strong => Shows::Full,
            Assurance::Mailed if protected => Shows::Masked,
            Assurance::Mailed if self.fresh => Shows::Full,
            Assurance::Mailed => match setting {
                LinkShows::Masked => Shows::Masked,
                LinkShows::Contact => Shows::Contact,
                LinkShows::Full => Shows::Full,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use entity::session::Method;
    use uuid::Uuid;

    use super::*;
    use crate::access::sessions::Subject;

    #[test]
    fn a_mailed_link_shows_what_the_setting_says_a_fresh_code_everything_and_neither_where_someone_lives_who_is_protected() {
        for (assurance, fresh, protected, setting, expected) in [
            (Assurance::Mailed, false, false, LinkShows::Masked, Shows::Masked),
            (Assurance::Mailed, false, false, LinkShows::Contact, Shows::Contact),
            (Assurance::Mailed, false, false, LinkShows::Full, Shows::Full),
            (Assurance::Mailed, true, false, LinkShows::Masked, Shows::Full),
            (Assurance::Mailed, true, true, LinkShows::Full, Shows::Masked),
            (Assurance::Mailed, false, true, LinkShows::Full, Shows::Masked),
            (Assurance::Strong, false, true, LinkShows::Masked, Shows::Full),
        ] {
            let session = Session {
                id: Uuid::nil(),
                subject: Subject::Member(Uuid::nil()),
                method: Method::Link,
                assurance,
                created_at: DateTime::UNIX_EPOCH,
                ends_at: DateTime::UNIX_EPOCH,
                fresh,
                pledged: false,
                csrf_token: String::new(),
            };
            assert_eq!(session.shows(setting, protected), expected, "{assurance:?} {fresh} {protected} {setting:?}");
        }
    }
}
