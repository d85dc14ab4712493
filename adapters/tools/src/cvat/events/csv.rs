//! Parses CSV in pieces, as they arrive (RFC 4180).

/// Maximum number of bytes that are kept of one field. Some fields of the log contain all shapes that a person has
/// drawn, but the fields that the bridge needs are short.
const LONGEST: usize = 4 * 1024;

/// Maximum number of fields of one line.
const MOST: usize = 256;

/// Splits bytes into lines of fields, across pieces, quotes and line ends in quotes.
#[derive(Debug, Default)]
pub(super) struct Csv {
    fields: Vec<Vec<u8>>,
    field: Vec<u8>,
    state: State,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Outside of quotes.
    #[default]
    Plain,
    /// In quotes.
    Quoted,
    /// After a quote within quotes, which is either the closing quote or the first of an escaped pair.
    Quote,
}

impl Csv {
    /// Parses a piece. Passes each completed line to `line`.
    pub(super) fn push(&mut self, piece: &[u8], line: &mut impl FnMut(Vec<Vec<u8>>)) {
        for byte in piece {
            match (self.state, byte) {
                (State::Plain, b'"') if self.field.is_empty() => self.state = State::Quoted,
                (State::Quoted, b'"') => self.state = State::Quote,
                (State::Quote, b'"') => {
                    self.state = State::Quoted;
                    self.keep(b'"');
                }
                (State::Quoted, byte) => self.keep(*byte),
                (_, b',') => self.end_field(),
                (_, b'\r') => {}
                (_, b'\n') => self.end_line(line),
                (_, byte) => self.keep(*byte),
            }
        }
    }

    /// Whether the last line is complete. Otherwise the file was cut off.
    pub(super) fn is_whole(&self) -> bool {
        self.fields.is_empty() && self.field.is_empty() && self.state == State::Plain
    }

    fn keep(&mut self, byte: u8) {
        if self.field.len() < LONGEST {
            self.field.push(byte);
        }
    }

    fn end_field(&mut self) {
        self.state = State::Plain;
        let field = std::mem::take(&mut self.field);
        if self.fields.len() < MOST {
            self.fields.push(field);
        }
    }

    fn end_line(&mut self, line: &mut impl FnMut(Vec<Vec<u8>>)) {
        self.end_field();
        line(std::mem::take(&mut self.fields));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(pieces: &[&[u8]]) -> (Vec<Vec<String>>, bool) {
        let mut csv = Csv::default();
        let mut lines = Vec::new();
        for piece in pieces {
            csv.push(piece, &mut |line| {
                let text = |field: Vec<u8>| String::from_utf8(field).unwrap();
                lines.push(line.into_iter().map(text).collect());
            });
        }
        (lines, csv.is_whole())
    }

    fn write(lines: &[Vec<String>]) -> String {
        let field = |text: &String| format!("\"{}\"", text.replace('"', "\"\""));
        let line = |fields: &Vec<String>| fields.iter().map(field).collect::<Vec<_>>().join(",");
        lines.iter().map(|fields| line(fields) + "\r\n").collect()
    }

    #[test]
    fn a_file_that_was_cut_off_is_not_whole() {
        assert!(read(&[b"a,b\r\n1,2\r\n"]).1);
        for cut in ["a,b\r\n1,2", "a,b\r\n1,", "a\r\n\"", "a\r\n\"b"] {
            assert!(!read(&[cut.as_bytes()]).1, "{cut:?}");
        }
    }

    #[test]
    fn a_field_is_kept_as_far_as_it_matters() {
        let text = format!("{},b\n", "a".repeat(LONGEST * 3));
        let (lines, _) = read(&[text.as_bytes()]);
        assert_eq!((lines[0][0].len(), lines[0][1].as_str()), (LONGEST, "b"));
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_wherever_it_is_cut(
            lines in prop::collection::vec(prop::collection::vec("[a-c,\"\\r\\n é]{0,6}", 1..4), 0..5),
            cut in 0usize..200,
        ) {
            let text = write(&lines);
            let cut = cut.min(text.len());
            let (head, tail) = text.as_bytes().split_at(cut);
            prop_assert_eq!(read(&[head, tail]), (lines, true));
        }
    }
}
