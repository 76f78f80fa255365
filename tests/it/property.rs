//! Property tests over a running register.

use actix_web::rt::System;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::app::{Engine, TestApp};

/// Holds `check` against `few` cases of `strategy`, or `many` with `MATRIKEL_TEST_LONG=1`; all of them meet the same
/// register. A case that fails is made as small as can be.
pub(crate) fn hold<S: Strategy>(
    engine: Engine,
    (few, many): (u32, u32),
    strategy: S,
    check: impl AsyncFn(&TestApp, S::Value) -> Result<(), TestCaseError>,
) {
    let system = System::new();
    let app = system.block_on(TestApp::on(engine));
    let config = Config { cases: cases(few, many), failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&strategy, |case| system.block_on(check(&app, case)));
    system.block_on(async { drop(app) });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// How many cases a property test tries: `few`, or `many` with `MATRIKEL_TEST_LONG=1`.
pub(crate) fn cases(few: u32, many: u32) -> u32 {
    #[expect(clippy::disallowed_methods, reason = "what only tests need is no setting of the service")]
    let long = std::env::var_os("MATRIKEL_TEST_LONG").is_some_and(|value| !value.is_empty() && value != "0");
    if long { many } else { few }
}
