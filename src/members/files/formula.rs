//! Text that a spreadsheet would run as a formula, made harmless and brought back exactly.
//!
//! A spreadsheet that opens a CSV file runs a cell that begins with `=`, `+`, `-`, `@`, a tab or a line break
//! (CWE-1236; the list is OWASP's, which also names the full-width signs), and turns `+46 70…` into a number. The cure
//! is an apostrophe in front. So that the import gives back exactly what the export was given, the rule is:
//!
//! * a text is *armed* when, after any number of apostrophes and blanks, a formula sign follows;
//! * [`escape`] puts one apostrophe before an armed text and leaves every other alone;
//! * [`unescape`] takes one apostrophe from a text that is armed without it, and leaves every other alone.
//!
//! An escaped text is armed again, so apostrophes that were there before are kept (`'=x` ⇄ `''=x`), and a surname like
//! *'t Hooft* is never touched, neither in our own files nor in those of others.

use std::borrow::Cow;

/// What the writer of a CSV file writes for `text`.
pub fn escape(text: &str) -> Cow<'_, str> {
    if armed(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// Undoes [`escape`].
pub fn unescape(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| armed(rest)).unwrap_or(text)
}

/// What the writer of a sheet writes for `text`. Its cells are typed as text and nothing in them is run, so `+46 70…`
/// stands there as it is. Only what [`cell`] would take an apostrophe from gets one more.
pub(super) fn escape_for_sheet(text: &str) -> Cow<'_, str> {
    let begun = trimmed_start(text);
    if unescape(begun).len() < begun.len() { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// What the reader makes of a cell, whatever program wrote it: trimmed, and our own apostrophe taken away. Sheets are
/// treated like CSV because people open our CSV, correct a line and save it as a sheet.
pub(super) fn cell(raw: &str) -> &str {
    trimmed(unescape(trimmed_start(raw)))
}

/// `text` without the blanks around it, the no-break and zero-width ones of web pages and mails included.
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(blank)
}

fn trimmed_start(text: &str) -> &str {
    text.trim_start_matches(blank)
}

fn blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200B}' | '\u{FEFF}')
}

fn armed(text: &str) -> bool {
    // Tab and line breaks are signs and blanks at once; the first sign decides.
    const SIGNS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    text.chars().find(|&c| SIGNS.contains(&c) || !(c == '\'' || blank(c))).is_some_and(|c| SIGNS.contains(&c))
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Text of any characters, rich in those that matter here.
    pub(in super::super) fn any_text() -> impl Strategy<Value = String> {
        let sign = prop::sample::select(
            "''''====+-@\t\r\n\r\n  \u{a0}\u{200b}\u{feff}\"\",;;\u{1f}_x00Dåö＝".chars().collect::<Vec<_>>(),
        );
        prop_oneof![
            prop::collection::vec(prop_oneof![3 => sign, 1 => any::<char>()], 0..12).prop_map(String::from_iter),
            "\\PC{0,20}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16 * ProptestConfig::default().cases))]
        #[test]
        fn unescape_undoes_escape(text in any_text()) {
            let escaped = escape(&text);
            prop_assert_eq!(unescape(&escaped), &text);
        }

        #[test]
        fn nothing_that_a_spreadsheet_would_run_is_left(text in any_text()) {
            let escaped = escape(&text);
            let begun = escaped.trim_start_matches(blank);
            prop_assert!(!begun.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']), "{escaped:?}");
            prop_assert!(!escaped.starts_with(['\t', '\r', '\n']), "{escaped:?}");
        }

        #[test]
        fn a_cell_comes_back_trimmed_and_otherwise_as_it_was(text in any_text()) {
            let (in_csv, in_sheet) = (escape(&text), escape_for_sheet(&text));
            prop_assert_eq!(cell(&in_csv), trimmed(&text));
            prop_assert_eq!(cell(&in_sheet), trimmed(&text));
        }
    }

    #[test]
    fn an_apostrophe_goes_only_before_what_could_run() {
        for (text, escaped) in [
            ("=1+1", "'=1+1"),
            ("+46701234567", "'+46701234567"),
            ("-", "'-"),
            ("@home", "'@home"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            (" =1+1", "' =1+1"),
            ("'=1+1", "''=1+1"),
            ("''+46", "'''+46"),
        ] {
            assert_eq!(escape(text), escaped);
            assert_eq!(unescape(escaped), text);
        }
        for name in ["O'Brien", "'t Hooft", "''", "'", "", "af Ekenstam", "Null", "Jean-Luc", "'s-Gravesande", "a=b"] {
            assert_eq!(escape(name), name);
            assert_eq!(unescape(name), name);
        }
    }

    #[test]
    fn a_sheet_shows_a_phone_number_without_an_apostrophe() {
        assert_eq!(escape_for_sheet("+46701234567"), "+46701234567");
        assert_eq!(escape_for_sheet("'+46701234567"), "''+46701234567");
    }

    #[test]
    fn blanks_of_every_kind_are_trimmed() {
        assert_eq!(cell("\u{a0}\u{200b} Åsa \u{202f}\u{feff}\r\n"), "Åsa");
        assert_eq!(cell(" '+46 70"), "+46 70");
    }
}
