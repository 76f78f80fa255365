//! Somebody who calls the API, and what every answer must hold.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::rc::Rc;

use actix_web::body::{self, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use entity::read_audit;
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter};
use serde_json::Value;
use uuid::Uuid;

/// A response to come.
pub(crate) type Answered = Pin<Box<dyn Future<Output = Response>>>;

/// The running service, and the audit by which its answers are checked.
#[derive(Clone)]
pub(crate) struct Service {
    call: Rc<dyn Fn(TestRequest) -> Answered>,
    audit: DatabaseConnection,
}

impl Service {
    /// Around what calls the service.
    pub(crate) fn new(call: impl Fn(TestRequest) -> Answered + 'static, audit: DatabaseConnection) -> Self {
        Self { call: Rc::new(call), audit }
    }
}

/// Somebody who calls the API: with a token, with a browser, or with neither.
#[derive(Clone)]
pub(crate) struct Client {
    service: Service,
    token: Option<String>,
    browser: Option<Rc<RefCell<Browser>>>,
}

/// What a browser keeps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Browser {
    /// Its cookies by name.
    pub(crate) cookies: BTreeMap<String, String>,
    /// The `csrf_token` that it was told last.
    pub(crate) csrf_token: Option<String>,
}

/// A request to be.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: Method,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    /// The status.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body when it is JSON, else null.
    pub(crate) body: Value,
    /// The body as text.
    pub(crate) text: String,
}

impl Client {
    /// Who bears `token`.
    pub(crate) fn new(service: Service, token: Option<String>) -> Self {
        Self { service, token, browser: None }
    }

    /// Somebody with a browser that keeps `browser`.
    pub(crate) fn with_browser(service: Service, browser: Browser) -> Self {
        Self { service, token: None, browser: Some(Rc::new(RefCell::new(browser))) }
    }

    /// What her browser keeps.
    #[track_caller]
    pub(crate) fn browser(&self) -> std::cell::RefMut<'_, Browser> {
        self.browser.as_ref().expect("a browser").borrow_mut()
    }

    /// GET.
    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send(Request::new("GET", path)).await
    }

    /// POST of JSON.
    pub(crate) async fn post(&self, path: &str, json: Value) -> Response {
        self.send(Request::new("POST", path).json(&json)).await
    }

    /// POST of JSON with an `Idempotency-Key`.
    pub(crate) async fn post_once(&self, path: &str, key: &str, json: Value) -> Response {
        self.send(Request::new("POST", path).header("Idempotency-Key", key).json(&json)).await
    }

    /// DELETE.
    pub(crate) async fn delete(&self, path: &str) -> Response {
        self.send(Request::new("DELETE", path)).await
    }

    /// PATCH with JSON of the copy with this ETag.
    pub(crate) async fn patch(&self, path: &str, etag: &str, json: Value) -> Response {
        self.send(Request::new("PATCH", path).header("If-Match", etag).json(&json)).await
    }

    /// Sends `request`, and checks what every answer must hold.
    pub(crate) async fn send(&self, request: Request) -> Response {
        let shown = format!("{} {}", request.method, request.path);
        let request = match &self.browser {
            Some(browser) => browser.borrow().sends(request),
            None => request,
        };
        let response = (self.service.call)(request.build(self.token.as_deref())).await;
        response.check(&shown);
        if let Some(browser) = &self.browser {
            browser.borrow_mut().keep(&response);
        }
        self.check_audit(&shown, &response).await;
        response
    }

    /// Every answer with member data has one row in the read audit, with the very ids.
    async fn check_audit(&self, shown: &str, response: &Response) {
        let members = response.members();
        if members.is_empty() {
            return;
        }
        let rows = read_audit::Entity::find()
            .filter(read_audit::Column::RequestId.eq(response.request_id()))
            .all(&self.service.audit)
            .await
            .expect("the read audit can be read");
        let [row] = rows.as_slice() else { panic!("{shown}: {} rows in the read audit for one answer", rows.len()) };
        let noted: BTreeSet<Uuid> =
            serde_json::from_value(row.member_ids.clone().unwrap_or_default()).expect("the ids in the read audit");
        assert_eq!(noted, members, "{shown}: the read audit does not hold the members of the answer");
    }
}

impl Browser {
    fn sends(&self, mut request: Request) -> Request {
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("Cookie", cookies.join("; "));
        }
        match &self.csrf_token {
            Some(token) if !request.method.is_safe() && !request.has("X-CSRF-Token") => request.header("X-CSRF-Token", token),
            _ => request,
        }
    }

    fn keep(&mut self, response: &Response) {
        for header in response.headers.get_all("Set-Cookie") {
            let text = header.to_str().expect("a cookie of text");
            let (name, value) = text.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            if text.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if let Some(token) = response.body["csrf_token"].as_str() {
            self.csrf_token = Some(token.to_owned());
        }
    }
}

impl Request {
    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name))
    }

    /// Without body.
    pub(crate) fn new(method: &str, path: &str) -> Self {
        let method = method.parse().expect("a method");
        Self { method, path: path.to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    /// With a header.
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// With a body of this media type.
    pub(crate) fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("Content-Type", media_type)
    }

    /// With JSON.
    pub(crate) fn json(self, value: &Value) -> Self {
        self.body("application/json", value.to_string())
    }

    fn build(self, token: Option<&str>) -> TestRequest {
        let mut request = TestRequest::with_uri(&self.path).method(self.method);
        if !self.body.is_empty() {
            request = request.set_payload(self.body);
        }
        if let Some(token) = token {
            request = request.insert_header(("Authorization", format!("Bearer {token}")));
        }
        for (name, value) in self.headers {
            let name: HeaderName = name.parse().expect("a header's name");
            request = request.insert_header((name, HeaderValue::from_bytes(&value).expect("a header's value")));
        }
        request
    }
}

impl Response {
    /// From what the service gave.
    pub(crate) async fn read(response: ServiceResponse<impl MessageBody>) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = match body::to_bytes(response.into_body()).await {
            Ok(bytes) => bytes,
            Err(_) => panic!("the answer's body broke off"),
        };
        let text = String::from_utf8(bytes.to_vec()).expect("answers are UTF-8");
        Self { status, headers, body: serde_json::from_str(&text).unwrap_or_default(), text }
    }

    /// The response, which has this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// A header.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("no header {name} with {}: {}", self.status, self.text));
        value.to_str().expect("a header of text")
    }

    /// The ETag.
    #[track_caller]
    pub(crate) fn etag(&self) -> String {
        self.header("ETag").to_owned()
    }

    /// The id under which the log and the audit know the request.
    #[track_caller]
    pub(crate) fn request_id(&self) -> Uuid {
        self.header("X-Request-Id").parse().expect("a request id")
    }

    /// The pointers of the fields that are not right, sorted.
    pub(crate) fn pointers(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().into_iter().flatten();
        let mut pointers: Vec<&str> = errors.filter_map(|error| error["pointer"].as_str()).collect();
        pointers.sort_unstable();
        pointers
    }

    /// The members that the answer shows: whatever in it has an id and a member number.
    pub(crate) fn members(&self) -> BTreeSet<Uuid> {
        let mut members = BTreeSet::new();
        gather(&self.body, &mut members);
        members
    }

    /// What holds for every answer whatsoever.
    #[track_caller]
    fn check(&self, request: &str) {
        self.request_id();
        for (name, value) in [("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY")] {
            assert_eq!(self.header(name), value, "{request}");
        }
        // The files of the pages hold nothing of anybody, and what they are is part of their address.
        assert!(self.header("Cache-Control") == "no-store" || request.starts_with("GET /assets/"), "{request}");
        assert!(self.header("Content-Security-Policy").starts_with("default-src"), "{request}");
        if self.status < 400 {
            return;
        }
        if self.header("Content-Type").starts_with("text/html") {
            assert!(self.text.contains("<html lang=") && self.status < 500, "{request}: {} {}", self.status, self.text);
            return;
        }
        assert_eq!(self.header("Content-Type"), "application/problem+json", "{request}: {} {}", self.status, self.text);
        assert_eq!(self.body["status"], self.status, "{request}");
        assert_eq!(self.body["request_id"], self.header("X-Request-Id"), "{request}");
        for field in ["type", "title", "detail"] {
            assert!(self.body[field].as_str().is_some_and(|text| !text.is_empty()), "{request}: no {field} in {}", self.text);
        }
        match self.status {
            422 => assert!(!self.pointers().is_empty(), "{request}: {}", self.text),
            401 => assert!(self.header("WWW-Authenticate").starts_with("Bearer"), "{request}"),
            405 => assert!(!self.header("Allow").is_empty(), "{request}"),
            429 | 503 => assert!(self.header("Retry-After").parse::<u32>().is_ok(), "{request}"),
            status => assert!(status < 500, "{request}: {}", self.text),
        }
    }
}

fn gather(value: &Value, members: &mut BTreeSet<Uuid>) {
    match value {
        Value::Object(fields) => {
            if let (Some(id), Some(_)) = (fields.get("id").and_then(Value::as_str), fields.get("member_number")) {
                members.insert(id.parse().expect("a member's id"));
            }
            fields.values().for_each(|value| gather(value, members));
        }
        Value::Array(values) => values.iter().for_each(|value| gather(value, members)),
        _ => {}
    }
}
