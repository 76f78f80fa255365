//! HTTP itself: what cannot be read, what is no route, what every answer carries, what the log does not hold.
//!
//! That each problem is problem+json with a request id, and that every answer has the headers it needs, is checked with
//! every answer of every test (`client::Response::check`).

use actix_web::body::to_bytes;
use actix_web::test::{TestRequest, init_service, try_call_service};
use entity::api_token::TokenRole;
use futures_util::future::join_all;
use matrikel::config::Config;
use matrikel::state::State;
use matrikel::web::{self, observe::InFlight};
use serde_json::{Value, json};

use crate::app::{TestApp, new_member};
use crate::client::Request;
use crate::log;

on_both_engines!(an_address_that_is_no_route_is_not_found);
async fn an_address_that_is_no_route_is_not_found(app: TestApp) {
    for path in ["/api", "/api/v1", "/api/v1/", "/api/v1/member", "/api/v1/members/", "/api/v2/members", "/favicon.ico", "/%00"] {
        for client in [app.nobody(), app.registrar().await] {
            for method in ["GET", "POST", "DELETE", "OPTIONS"] {
                client.send(Request::new(method, path)).await.expect(404);
            }
        }
    }
}

#[actix_web::test]
async fn a_method_that_an_address_does_not_take_is_told_which_it_takes() {
    let app = TestApp::sqlite().await;
    let document = app.openapi().await;
    let mut paths: Vec<(String, Vec<String>)> = document["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .map(|(path, item)| (path.clone(), item.as_object().expect("operations").keys().map(|it| it.to_uppercase()).collect()))
        .collect();
    paths.push(("/api/openapi.json".into(), vec!["GET".into()]));
    let registrar = app.registrar().await;
    for (path, mut methods) in paths {
        methods.sort();
        let address = path.replace(['{', '}'], "");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"] {
            if methods.contains(&method.to_owned()) {
                continue;
            }
            let refused = registrar.send(Request::new(method, &address)).await.expect(405);
            let mut allowed: Vec<&str> = refused.header("Allow").split(", ").collect();
            allowed.sort_unstable();
            assert_eq!(allowed, methods, "{method} {path}");
        }
    }
}

on_both_engines!(json_that_cannot_be_read_is_malformed);
async fn json_that_cannot_be_read_is_malformed(app: TestApp) {
    let registrar = app.registrar().await;
    let anna = app.member("Anna Åkesson").await;
    let nested = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    let deep_field = format!("{{\"city\":{}}}", nested("[", "]"));
    let deep_unknown = format!("{{\"x\":{}1{}}}", "{\"x\":".repeat(30_000), "}".repeat(30_000));
    let bodies: Vec<Vec<u8>> = vec![
        b"{".to_vec(),
        b"{\"city\": \"Lund\",}".to_vec(),
        b"{\"city\": NaN}".to_vec(),
        b"{\"city\": \"Lund\"} trailing".to_vec(),
        b"{\"city\": \"\\ud800\"}".to_vec(),
        b"{\"city\": \"\\udc00 lone\"}".to_vec(),
        b"{\"\\ud800\": 1}".to_vec(),
        b"{\"city\": \"\xff\xfe\"}".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        nested("{\"a\":", "}").into_bytes(),
        deep_field.into_bytes(),
        deep_unknown.into_bytes(),
    ];
    for body in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let patch = Request::new("PATCH", &anna.path).header("If-Match", &anna.etag).body("application/json", body.clone());
        let post = Request::new("POST", "/api/v1/members").body("application/json", body);
        for request in [patch, post] {
            let status = registrar.send(request).await.status;
            // Cut short by the limit on the body, the deepest are too large before they are malformed.
            assert!(status == 400 || status == 413, "{status} for {shown}");
        }
    }
    assert_eq!(registrar.get(&anna.path).await.etag(), anna.etag);
}

on_both_engines!(json_that_is_no_object_is_refused);
async fn json_that_is_no_object_is_refused(app: TestApp) {
    let registrar = app.registrar().await;
    let anna = app.member("Anna Åkesson").await;
    for body in [json!(null), json!([]), json!([{}]), json!("{}"), json!(1e300), json!(true)] {
        registrar.post("/api/v1/members", body.clone()).await.expect(422);
        registrar.patch(&anna.path, &anna.etag, body).await.expect(422);
    }
    let twice = Request::new("POST", "/api/v1/members").body("application/json", r#"{"city": "Lund", "city": "Ystad"}"#);
    registrar.send(twice).await.expect(422);
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    registrar.send(Request::new("POST", "/api/v1/members").body("application/json", deep)).await.expect(422);
    registrar.send(Request::new("POST", "/api/v1/members").body("application/json", "")).await.expect(400);
}

on_both_engines!(control_characters_and_impossible_dates_are_refused);
async fn control_characters_and_impossible_dates_are_refused(app: TestApp) {
    let registrar = app.registrar().await;
    let anna = app.member("Anna Åkesson").await;
    for (field, value) in [
        ("surname", json!("Åke\0sson")),
        ("surname", json!("\u{9f}Åkesson")),
        ("city", json!("Lund\r\nX-Injected: 1")),
        ("email", json!("anna\0@example.org")),
        ("birth_date", json!("2026-02-30")),
        ("birth_date", json!("10000-01-01")),
        ("birth_date", json!("-0001-01-01")),
        ("birth_date", json!("1980-1-1T00:00:00Z")),
        ("birth_date", json!(19_800_101)),
        ("graduation_date", json!("9999-12-31")),
        ("school_id", json!("00000000")),
        ("school_id", json!(u64::MAX)),
        ("workplace_ids", json!([null])),
        ("former_surnames", json!(["a\0b"])),
        ("former_surnames", json!(vec!["a"; 21])),
    ] {
        let refused = registrar.patch(&anna.path, &anna.etag, json!({field: value})).await.expect(422);
        assert_eq!(refused.pointers(), [format!("/{field}")], "{value}");
    }
}

on_both_engines!(a_body_that_is_too_large_is_refused);
async fn a_body_that_is_too_large_is_refused(app: TestApp) {
    let registrar = app.registrar().await;
    let body = |bytes: usize| {
        let frame = new_member("Bo Ek", json!({"street": ""})).to_string().len();
        new_member("Bo Ek", json!({"street": "x".repeat(bytes - frame)})).to_string()
    };
    let largest = web::extract::LARGEST_BODY;
    let post = |body: String| Request::new("POST", "/api/v1/members").body("application/json", body);
    registrar.send(post(body(largest))).await.expect(422);
    registrar.send(post(body(largest + 1))).await.expect(413);
    let announced = post(body(1000)).header("Content-Length", (largest + 1).to_string());
    registrar.send(announced).await.expect(413);
    let understated = post(body(largest + 1)).header("Content-Length", "10");
    registrar.send(understated).await.expect(413);
}

on_both_engines!(a_body_of_another_type_is_refused);
async fn a_body_of_another_type_is_refused(app: TestApp) {
    let registrar = app.registrar().await;
    let body = new_member("Bo Ek", json!({})).to_string();
    let post = |media_type: &str| Request::new("POST", "/api/v1/members").body(media_type, body.clone());
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/xml", "", "json", "application/jsonx"] {
        registrar.send(post(media_type)).await.expect(415);
    }
    for media_type in ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"] {
        registrar.send(post(media_type)).await.expect(201);
    }
}

on_both_engines!(a_query_that_cannot_be_read_is_refused);
async fn a_query_that_cannot_be_read_is_refused(app: TestApp) {
    let staff = app.staff().await;
    for query in [
        "limit=ten",
        "limit=-1",
        "limit=18446744073709551616",
        "no_such=1",
        "limit=1&limit=2",
        "membership_type=friend",
        "workplace_id=here",
        "joined_from=2026-02-30",
        "joined_from=10000-01-01",
        "joined_from=",
        "limit=%00",
        "%ff=1",
    ] {
        staff.get(&format!("/api/v1/members?{query}")).await.expect(400);
    }
    for query in [
        "limit=0",
        "limit=201",
        "limit=9223372036854775807",
        "limit=9223372036854775808",
        "limit=18446744073709551615",
        "after=",
        "after=%00",
    ] {
        let refused = staff.get(&format!("/api/v1/members?{query}")).await.expect(422);
        assert_eq!(refused.pointers(), [format!("/{}", query.split('=').next().expect("a name"))]);
    }
}

on_both_engines!(each_request_has_an_id_of_its_own);
async fn each_request_has_an_id_of_its_own(app: TestApp) {
    let (one, other) = (app.nobody().get("/healthz").await, app.nobody().get("/healthz").await);
    assert_ne!(one.request_id(), other.request_id());
    assert_eq!(one.text, "ok\n");
}

on_both_engines!(the_service_says_whether_it_is_ready);
async fn the_service_says_whether_it_is_ready(app: TestApp) {
    let ready = app.nobody().get("/readyz").await.expect(200);
    // The index of an empty register is built at once, but beside the first request.
    let lookup = &ready.body["lookup"];
    assert!(lookup == "ready" || lookup == "building", "{lookup}");
    let mail = json!({"switch": "running", "waiting": 0, "failed": 0, "uncertain": 0, "oldest_seconds": null});
    assert_eq!(
        ready.body,
        json!({"ready": true, "database": "up", "read_audit": "up", "lookup": lookup, "mail": mail, "alarms": []})
    );
}

#[actix_web::test]
async fn the_documentation_is_read_without_a_token() {
    let app = TestApp::sqlite().await;
    let document = app.openapi().await;
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let page = app.nobody().get("/api/docs/").await.expect(200);
    assert!(page.header("Content-Type").starts_with("text/html"));
    assert!(!page.text.contains("//cdn") && !page.text.contains("https://"), "nothing is loaded from elsewhere: {}", page.text);
}

#[actix_web::test]
async fn every_operation_documents_its_problems_and_every_field_of_a_body() {
    let document = TestApp::sqlite().await.openapi().await;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let name = format!("{method} {path}");
            let responses = operation["responses"].as_object().expect("responses");
            assert!(responses.keys().any(|status| status.starts_with('2')), "{name}: no success");
            assert!(operation["operationId"].is_string() && operation["summary"].is_string(), "{name}: no summary");
            for (status, response) in responses.iter().filter(|(status, _)| status.starts_with(['4', '5'])) {
                let content = response["content"].as_object().expect("a problem has content");
                let is_problem = content.contains_key("application/problem+json");
                assert!(is_problem || path == "/readyz", "{name}: {status} is no problem+json");
            }
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
            let told = ["description", "$ref", "oneOf"].iter().any(|key| schema.get(key).is_some());
            assert!(told, "{name}.{field} has no description");
        }
    }
}

/// A service that answers at most one request at a time.
#[actix_web::test]
async fn more_requests_than_are_taken_are_told_to_come_back() {
    let app = TestApp::sqlite().await;
    let mut state: State = app.state.clone();
    state.config = Config { max_requests: 1, ..app.place.config.clone() }.into();
    let service = init_service(web::app(state, InFlight::default())).await;
    let (_, token) = app.token(TokenRole::Staff, None).await;
    let call = async |path: &str| {
        let request = TestRequest::with_uri(path).insert_header(("Authorization", format!("Bearer {token}")));
        let response = try_call_service(&service, request.to_request()).await.expect("an answer");
        let retry = response.headers().contains_key("Retry-After");
        let status = response.status().as_u16();
        let body: Value = serde_json::from_slice(&to_bytes(response.into_body()).await.ok().expect("a body")).expect("JSON");
        (status, retry, body["type"].clone())
    };
    let members = "/api/v1/members";
    let (answers, watching) = tokio::join!(join_all((0..20).map(|_| call(members))), call("/readyz"));
    assert_eq!(watching.0, 200, "whoever watches the service is answered");
    let (answered, told): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.0 == 200);
    assert!(!answered.is_empty() && !told.is_empty(), "{answered:?} {told:?}");
    for answer in told {
        assert_eq!(answer, (503, true, json!("urn:matrikel:problem:busy")));
    }
    assert_eq!(call(members).await.0, 200, "the place is free again");
}

on_both_engines!(nothing_of_a_member_is_logged);
async fn nothing_of_a_member_is_logged(app: TestApp) {
    let canary = |what: &str| format!("Kanarie{what}{}", app.store().clock().new_id().simple());
    let (name, city, mail, key) = (canary("namn"), canary("stad"), canary("post"), canary("nyckel"));
    let registrar = app.registrar().await;
    let fields = json!({"city": city, "email": format!("{mail}@example.org"), "personal_identity_number": "640823-3234"});
    let body = new_member(&format!("Anna {name}"), fields);
    let made = registrar.post_once("/api/v1/members", &key, body.clone()).await.expect(201);
    let path = made.header("Location");
    registrar.get(path).await.expect(200);
    registrar.get("/api/v1/members").await.expect(200);
    registrar.patch(path, &made.etag(), json!({"surname": format!("{name}son")})).await.expect(200);
    // What goes wrong is what tempts to be logged.
    registrar.patch(path, "*", json!({"email": format!("{mail}@"), "shoe_size": city})).await.expect(422);
    registrar.patch(path, "*", json!({"birth_date": city, (name.as_str()): 1})).await.expect(422);
    registrar.post("/api/v1/members", json!([city])).await.expect(422);
    let broken = Request::new("POST", "/api/v1/members").body("application/json", format!("{{\"{name}\": \"{city}"));
    registrar.send(broken).await.expect(400);
    registrar.get(&format!("/api/v1/members?no_such={name}")).await.expect(400);
    registrar.get(&format!("/api/v1/members?after={name}")).await.expect(422);
    registrar.get(&format!("/api/v1/{name}")).await.expect(404);
    app.bearer(&name).get(path).await.expect(401);

    let log = log::text();
    let id = made.request_id().to_string();
    assert!(log.contains(&id), "the request is in the log");
    // The birth date alone may be part of a time, in millionths of a second.
    for canary in [&name, &city, &mail, &key, "640823-", "6408233234", "1964-08-23"] {
        let line = log.lines().find(|line| line.contains(canary));
        assert_eq!(line, None, "the log holds member data");
    }
}
