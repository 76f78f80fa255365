//! What handlers state in their parameters: who may call, what the body is, which version is changed.

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpRequest};
use jobs::error::FieldProblem;
use jobs::{Error, Result};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use serde_json::{Map, Value};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, Schema};
use utoipa::openapi::{ObjectBuilder, Required, SchemaFormat, Type};
use utoipa::{IntoParams, PartialSchema};
use uuid::Uuid;

use super::openapi::Addresses;
use super::problem::Problem;
use super::recognise;
use crate::access::caller::{Caller, Scope};
use crate::access::sessions::Session;
use crate::members::rules::Problems;

type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// The caller, who holds one of the scopes of `S`. It is a handler's first parameter, so that nothing else is said to
/// somebody who may not call. A handler without such a parameter is for everybody; the test of all routes lists those.
#[derive(Debug)]
pub struct Allowed<S> {
    caller: Caller,
    scopes: PhantomData<S>,
}

/// The scopes that open a route: any one of them.
pub trait Scopes {
    /// Any one of these.
    const ANY_OF: &'static [Scope];
    /// Whether who has signed in must have shown a second factor in the last minutes.
    const FRESH: bool = false;
}

/// Types that stand for scopes in parameters.
pub mod scope {
    use super::{Scope, Scopes};

    macro_rules! scopes {
        ($($(#[$doc:meta])* $name:ident = $($scope:ident)|+ $(, fresh: $fresh:literal)?;)+) => {$(
            $(#[$doc])*
            #[derive(Debug)]
            pub struct $name;
            impl Scopes for $name {
                const ANY_OF: &'static [Scope] = &[$(Scope::$scope),+];
                $(const FRESH: bool = $fresh;)?
            }
        )+};
    }

    scopes! {
        /// Finds members.
        Search = MembersSearch;
        /// Opens members.
        Read = MembersRead;
        /// Changes details of members; which ones depends on the scope.
        Edit = MembersWrite | MembersProtect;
        /// Keeps contact details.
        Contact = MembersWrite;
        /// Keeps periods, appointments and the organisation.
        Register = MembersRegister;
        /// Keeps the periods of a member; of which ones depends on the scope.
        Ledger = MembersRegister | MembersProtect;
        /// Erases members.
        Erase = Erase, fresh: true;
        /// Sees who has read a record.
        Audit = Audit;
        /// Sees personal identity numbers.
        Identity = MembersIdentity, fresh: true;
        /// Sets protected identities.
        Protect = MembersProtect, fresh: true;
        /// Takes files in.
        Import = Import;
        /// Gives files out.
        Export = Export, fresh: true;
        /// Follows changes.
        Changes = Changes;
        /// Sees follow-ups and records what came of them.
        FollowUps = FollowUps;
        /// Keeps lifecycle rules.
        Rules = Rules;
        /// Looks at what a rule would do; whom it would list only with the scope for follow-ups.
        Preview = Rules | FollowUps;
        /// Sees what the rules have done.
        Runs = Runs;
        /// Sees key figures, which name nobody.
        Figures = MembersRegister | Runs;
        /// Lists accounts and tokens.
        Accounts = Accounts;
        /// Starts and pauses outgoing mail, and sees how it fares.
        Mail = Mail;
        /// Makes and ends accounts and tokens.
        Credentials = Accounts, fresh: true;
        /// Looks after her own record.
        Own = Own;
    }
}

impl<S> std::ops::Deref for Allowed<S> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl<S: Scopes + 'static> FromRequest for Allowed<S> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(recognise::caller(request).and_then(|caller| {
            let caller = caller.acting(S::ANY_OF)?;
            if S::FRESH {
                caller.needs_fresh()?;
            }
            Ok(Self { caller, scopes: PhantomData })
        }))
    }
}

/// Whoever has signed in with a browser, in whatever role; not the bearer of a token.
#[derive(Debug)]
pub struct Person {
    /// Who.
    pub caller: Caller,
    /// By what.
    pub session: Session,
}

impl FromRequest for Person {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(recognise::caller(request).and_then(|caller| {
            let session = caller.session().cloned().ok_or(Error::NotAllowed { scope: "of a session, not of a token" })?;
            Ok(Self { caller, session })
        }))
    }
}

/// The id in the path. What is no id names nothing: 404.
#[derive(Clone, Copy, Debug)]
pub struct Id(pub Uuid);

impl IntoParams for Id {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter("id", ParameterIn::Path, Required::True, "Which one").schema(Some(uuid_schema())).build()]
    }
}

impl FromRequest for Id {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = request.match_info().get("id").and_then(|text| Uuid::try_parse(text).ok());
        ready(id.map(Self).ok_or_else(|| match request.app_data::<Data<Addresses>>() {
            Some(addresses) => addresses.no_id(request.path()),
            None => Error::NotFound.into(),
        }))
    }
}

/// The number in the path: of a change. What is no number names nothing: 404.
#[derive(Clone, Copy, Debug)]
pub struct Number(pub i64);

impl IntoParams for Number {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
        vec![parameter("id", ParameterIn::Path, Required::True, "Which one").schema(Some(Schema::from(number))).build()]
    }
}

impl FromRequest for Number {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let number = request.match_info().get("id").and_then(|text| text.parse().ok());
        ready(number.map(Self).ok_or_else(|| Error::NotFound.into()))
    }
}

/// A JSON body, at most [`LARGEST_BODY`] long.
#[derive(Debug)]
pub struct Body<T> {
    /// What it says.
    pub value: T,
    /// Its bytes, for [`super::answer::Once`].
    pub bytes: Bytes,
}

/// The largest JSON body.
pub const LARGEST_BODY: usize = 256 << 10;

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let content_type = content_type(request);
        if !matches!(content_type.as_str(), "application/json" | "application/merge-patch+json") {
            let detail = "send Content-Type: application/json";
            return Box::pin(ready(Err(Problem::http(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))));
        }
        let (request, payload) = (request.clone(), actix_web::web::Payload::from_request(request, payload));
        Box::pin(async move {
            let payload = payload.await.map_err(|error| Error::Malformed(error.to_string()))?;
            let bytes = read_payload(&request, payload, LARGEST_BODY).await?;
            let mut reader = serde_json::Deserializer::from_slice(&bytes);
            let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| unreadable(&error))?;
            reader.end().map_err(|error| Error::Malformed(format!("the JSON cannot be read: {error}")))?;
            Ok(Self { value, bytes })
        })
    }
}

/// The media type without its parameters, in lower case.
pub fn content_type(request: &HttpRequest) -> String {
    let value = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The body's bytes, at most `largest`.
pub async fn read_payload(request: &HttpRequest, payload: actix_web::web::Payload, largest: usize) -> Result<Bytes> {
    let too_large = || Error::TooLarge(format!("the body is larger than {largest} bytes"));
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > largest) {
        return Err(too_large());
    }
    match payload.to_bytes_limited(largest).await {
        Err(_) => Err(too_large()),
        Ok(bytes) => bytes.map_err(|error| Error::Malformed(format!("the body broke off: {error}"))),
    }
}

fn unreadable(error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    let inner = error.inner();
    if inner.is_data() {
        Error::invalid(pointer(error.path()), plain(&inner.to_string()))
    } else {
        Error::Malformed(format!("the JSON cannot be read: {inner}"))
    }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let segments = path.iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { .. } | Segment::Unknown => None,
    });
    segments.map(|segment| format!("/{segment}")).collect()
}

/// serde's message without the place, which means nothing to the sender, and without what was sent.
fn plain(message: &str) -> String {
    // What chrono says of a text that is no date or time.
    const NO_DATE: [&str; 4] =
        ["input is out of range", "premature end of input", "input contains invalid characters", "trailing input"];
    match message.split(" at line ").next().unwrap_or(message) {
        message if NO_DATE.contains(&message) => "is no date; write a day that exists as 1984-02-28".to_owned(),
        message => message.to_owned(),
    }
}

/// A field of a body: not sent, null, a value, or something else. Reading a body never stops at a field, so that
/// everything that is wrong can be said at once.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Field<T> {
    /// Not sent: changes nothing.
    #[default]
    Absent,
    /// Null: clears.
    Null,
    /// This.
    Value(T),
    /// Not of the type.
    Wrong(String),
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(from)? {
            Value::Null => Field::Null,
            value => match serde_json::from_value(value) {
                Ok(value) => Field::Value(value),
                Err(error) => Field::Wrong(plain(&error.to_string())),
            },
        })
    }
}

impl<T> Field<T> {
    /// Puts what was sent into `target`: nothing when absent, none when null, else what `rule` makes of it.
    pub fn set<U>(
        self,
        pointer: &str,
        problems: &mut Problems,
        target: &mut Option<U>,
        rule: impl FnOnce(T) -> Result<U, String>,
    ) {
        match self {
            Field::Absent => {}
            Field::Null => *target = None,
            other => {
                if let Some(value) = other.given(pointer, problems, rule) {
                    *target = Some(value);
                }
            }
        }
    }

    /// Like [`set`](Self::set), for what cannot be cleared.
    pub fn replace<U>(self, pointer: &str, problems: &mut Problems, target: &mut U, rule: impl FnOnce(T) -> Result<U, String>) {
        match self {
            Field::Absent => {}
            Field::Null => problems.add(pointer, "cannot be cleared; leave it out to keep it"),
            other => {
                if let Some(value) = other.given(pointer, problems, rule) {
                    *target = value;
                }
            }
        }
    }

    /// What was sent, when something was.
    pub fn optional<U>(self, pointer: &str, problems: &mut Problems, rule: impl FnOnce(T) -> Result<U, String>) -> Option<U> {
        match self {
            Field::Absent | Field::Null => None,
            other => other.given(pointer, problems, rule),
        }
    }

    /// What was sent, which must be something.
    pub fn required<U>(self, pointer: &str, problems: &mut Problems, rule: impl FnOnce(T) -> Result<U, String>) -> Option<U> {
        match self {
            Field::Absent | Field::Null => {
                problems.add(pointer, "is needed");
                None
            }
            other => other.given(pointer, problems, rule),
        }
    }

    /// Whether the field was sent.
    pub fn is_sent(&self) -> bool {
        !matches!(self, Field::Absent)
    }

    fn given<U>(self, pointer: &str, problems: &mut Problems, rule: impl FnOnce(T) -> Result<U, String>) -> Option<U> {
        match self {
            Field::Value(value) => problems.check(pointer, rule(value)),
            Field::Wrong(detail) => {
                problems.add(pointer, detail);
                None
            }
            Field::Absent | Field::Null => None,
        }
    }
}

/// Fields that a body has and nothing here knows: each is refused, so that a slip of the pen is not silently lost.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Unknown(Map<String, Value>);

impl Unknown {
    /// Notes each unknown field.
    pub fn refuse(&self, problems: &mut Problems) {
        for name in self.0.keys() {
            problems.add(
                &format!("/{}", name.replace('~', "~0").replace('/', "~1")),
                "is not known here; see the API's documentation",
            );
        }
    }
}

/// The version that a change is meant for (RFC 9110, 13.1.1). Without it: 428.
#[derive(Clone, Debug)]
pub struct IfMatch(String);

impl IfMatch {
    /// The version that a form was opened with.
    pub fn of(etag: &str) -> Self {
        Self(etag.to_owned())
    }

    /// [`Error::Stale`] unless the caller's copy is the one with this ETag.
    pub fn check(&self, etag: &str) -> Result<()> {
        let matches = self.0.trim() == "*" || self.0.split(',').any(|given| given.trim() == etag);
        if matches { Ok(()) } else { Err(Error::Stale) }
    }

    /// As sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter("If-Match", ParameterIn::Header, Required::True, "ETag of the copy that is changed").build()]
    }
}

fn uuid_schema() -> Schema {
    ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid))).into()
}

/// A parameter for the documentation: a string unless another schema is given.
pub fn parameter(name: &str, place: ParameterIn, required: Required, description: &str) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .description(Some(description))
        .schema(Some(String::schema()))
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let given = request.headers().get(header::IF_MATCH).and_then(|value| value.to_str().ok()).map(str::to_owned);
        ready(given.map(Self).ok_or_else(|| Error::VersionMissing.into()))
    }
}

/// How much of a list to give, from where.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// At most this many.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u64>,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// A limit that was asked for, or the default.
///
/// # Errors
/// [`Error::Invalid`] outside 1–200.
pub fn limit(asked: Option<u64>) -> Result<u64> {
    match asked.unwrap_or(50) {
        limit @ 1..=crate::members::list::MOST => Ok(limit),
        _ => Err(Error::Invalid(vec![FieldProblem::new("/limit", "is not between 1 and 200")])),
    }
}
