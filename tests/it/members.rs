//! Members: registered, read, changed, listed.

use serde_json::json;

use crate::app::TestApp;

on_both_engines!(a_member_cannot_be_read_without_a_token);
async fn a_member_cannot_be_read_without_a_token(app: TestApp) {
    let anna = app.member("Anna Åkesson").await;
    app.nobody().get(&anna.path).await.expect(401);
    let card = app.staff().await.get(&anna.path).await.expect(200);
    assert_eq!(card.body["surname"], json!("Åkesson"));
    assert_eq!(card.etag(), anna.etag);
}
