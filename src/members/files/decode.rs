//! Turns the bytes of a text file into UTF-8, once, and refuses what would give wrong letters.
//!
//! A name with wrong letters is worse than a refused file: nobody sees it among ten thousand right ones. So a byte is
//! taken for Windows-1252 only when nothing speaks against it.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::problem::Problem;
use super::scan::line_ends;

/// The advice that helps with every encoding.
const SAVE_AS_UTF8: &str = "save it again as \"CSV UTF-8\" or as XLSX";

/// The text, and the name of the encoding it was in. A byte order mark of UTF-8 stays in it: taking it off would copy
/// the whole file.
pub(super) fn decode(bytes: Vec<u8>) -> Result<(String, &'static str), Problem> {
    let (text, encoding) = if bytes.starts_with(b"\xFF\xFE") {
        (utf16(&bytes, UTF_16LE)?, "UTF-16")
    } else if bytes.starts_with(b"\xFE\xFF") {
        (utf16(&bytes, UTF_16BE)?, "UTF-16")
    } else {
        match String::from_utf8(bytes) {
            Ok(text) => (text, "UTF-8"),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                (windows_1252(error.into_bytes(), valid)?, "Windows-1252")
            }
        }
    };
    match text.find('\0') {
        None => Ok((text, encoding)),
        Some(at) => Err(no_text(text.as_bytes(), at)),
    }
}

/// What a spreadsheet calls "Unicode text".
fn utf16(bytes: &[u8], encoding: &'static Encoding) -> Result<String, Problem> {
    let (text, damaged) = encoding.decode_with_bom_removal(bytes);
    if damaged {
        return Err(Problem::of_file(format!("the file is damaged UTF-16 text; {SAVE_AS_UTF8}")));
    }
    let mut text = text.into_owned();
    text.shrink_to_fit();
    Ok(text)
}

/// `valid` is where the bytes stop being UTF-8.
fn windows_1252(mut bytes: Vec<u8>, valid: usize) -> Result<String, Problem> {
    const PIECE: usize = 1 << 20;
    if let Some(at) = bytes.iter().position(|&b| b == 0) {
        return Err(no_text(&bytes, at));
    }
    // An å of UTF-8 before the first wrong byte: this is UTF-8 that somebody cut or glued, and reading it as
    // Windows-1252 would turn every å into "Ã¥".
    if !bytes[..valid].is_ascii() {
        return Err(Problem::at_line(
            1 + line_ends(&bytes[..valid]),
            format!("the file is UTF-8 up to here and something else from here on; {SAVE_AS_UTF8}"),
        ));
    }
    // The five bytes that Windows-1252 does not use; in the DOS and Macintosh encodings they are Å, ü, é …
    if let Some(at) = bytes.iter().position(|b| matches!(b, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D)) {
        return Err(Problem::at_line(
            1 + line_ends(&bytes[..at]),
            format!("the letters here are neither UTF-8 nor Windows-1252; {SAVE_AS_UTF8}"),
        ));
    }
    let letters_beyond_ascii = bytes.iter().filter(|b| !b.is_ascii()).count();
    let mut text = String::with_capacity(bytes.len() + 2 * letters_beyond_ascii);
    // One byte is one character, so any cut is right. Cut into pieces from its end, the file gives back its room while
    // the text takes it.
    let mut pieces = Vec::new();
    while bytes.len() > PIECE {
        pieces.push(bytes.split_off(bytes.len() - PIECE));
        bytes.shrink_to_fit();
    }
    pieces.push(bytes);
    while let Some(piece) = pieces.pop() {
        text.push_str(&WINDOWS_1252.decode_without_bom_handling(&piece).0);
    }
    text.shrink_to_fit();
    Ok(text)
}

fn no_text(bytes: &[u8], at: usize) -> Problem {
    Problem::at_line(
        1 + line_ends(&bytes[..at]),
        format!("the file holds a NUL byte, so it is no text file or a damaged one; {SAVE_AS_UTF8}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        decode(bytes.to_vec()).unwrap().0
    }

    fn refused(bytes: &[u8]) -> Problem {
        decode(bytes.to_vec()).unwrap_err()
    }

    #[test]
    fn utf8_is_kept_in_place() {
        let bytes = "förnamn;Åsa".as_bytes().to_vec();
        let address = bytes.as_ptr();
        let (text, encoding) = decode(bytes).unwrap();
        assert_eq!((text.as_str(), encoding), ("förnamn;Åsa", "UTF-8"));
        assert_eq!(text.as_ptr(), address);
    }

    #[test]
    fn windows_1252_is_recognised() {
        assert_eq!(text(b"F\xF6rnamn;\xC5sa;\x80 \x96"), "Förnamn;Åsa;€ –");
        // Longer than several pieces, and no two pieces alike.
        let long: String = (0..400_000).map(|n| format!("å{n}")).collect();
        let decoded = text(&WINDOWS_1252.encode(&long).0);
        assert!(decoded == long);
        assert!(decoded.capacity() <= decoded.len() + 8);
    }

    #[test]
    fn utf16_with_its_mark_is_recognised() {
        let bytes: Vec<u8> = "\u{feff}Åsa\tBo".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(text(&bytes), "Åsa\tBo");
        let bytes: Vec<u8> = "\u{feff}Åsa\tBo".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(text(&bytes), "Åsa\tBo");
        assert!(refused(b"\xFF\xFE\x00\xD8a\x00").message.contains("damaged UTF-16"));
    }

    #[test]
    fn a_mix_of_encodings_is_refused_with_its_line() {
        let problem = refused(b"name\n\xC3\x85sa\nBj\xF6rn\n");
        assert_eq!(problem.line, 3);
        assert!(problem.message.contains("CSV UTF-8"), "{problem}");
    }

    #[test]
    fn dos_and_macintosh_letters_are_refused() {
        // Åsa in code page 850, Åke in Mac Roman.
        assert_eq!(refused(b"name\r\n\x8Fsa\r\n").line, 2);
        assert_eq!(refused(b"name\rBo\r\x81ke\r").line, 3);
    }

    #[test]
    fn nul_bytes_are_refused_with_their_line() {
        assert_eq!(refused(b"a\nb\0").line, 2);
        assert_eq!(refused(b"a\xE5\n\n\0").line, 3);
    }
}
