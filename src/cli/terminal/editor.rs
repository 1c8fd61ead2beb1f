//! One line that is being typed, and the lines before it.

use super::keys::Key;

/// How many earlier lines are kept. They are kept in memory alone: a line may hold a PIN.
const HISTORY: usize = 500;

/// The longest line that can be typed.
const LONGEST: usize = 1024;

/// What a key came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edited {
    /// The line looks different, or may.
    Changed,
    /// It is finished.
    Line(String),
    /// It is finished, and is a text: an end-of-text belongs behind it.
    Text(String),
    /// An escape is to be sent.
    Escape,
    /// Nothing more will be typed.
    End,
    /// The key means nothing here.
    Nothing,
}

/// The line, as ASCII, and where the cursor is in it.
#[derive(Debug, Default)]
pub struct Editor {
    line: String,
    cursor: usize,
    history: Vec<String>,
    /// Which line of the history is shown; its length for the line that is new.
    at: usize,
    /// What was typed before the history was looked into.
    draft: String,
}

impl Editor {
    /// Takes a key.
    pub fn key(&mut self, key: Key) -> Edited {
        match key {
            Key::Character(letter) if self.line.len() < LONGEST => {
                self.line.insert(self.cursor, letter);
                self.cursor += 1;
            }
            Key::Enter => return Edited::Line(self.finish(true)),
            Key::Control('Z') => return Edited::Text(self.finish(false)),
            Key::Control('D') if self.line.is_empty() => return Edited::End,
            Key::Escape => return Edited::Escape,
            Key::Backspace if self.cursor > 0 => {
                self.cursor -= 1;
                self.line.remove(self.cursor);
            }
            Key::Delete | Key::Control('D') if self.cursor < self.line.len() => {
                self.line.remove(self.cursor);
            }
            Key::Left => self.cursor = self.cursor.saturating_sub(1),
            Key::Right => self.cursor = (self.cursor + 1).min(self.line.len()),
            Key::Home => self.cursor = 0,
            Key::End => self.cursor = self.line.len(),
            Key::Up if self.at > 0 => self.recall(self.at - 1),
            Key::Down if self.at < self.history.len() => self.recall(self.at + 1),
            Key::Control('K') => self.line.truncate(self.cursor),
            Key::Control('U') => self.cut(0),
            Key::Control('W') => {
                let before = self.line[..self.cursor].trim_end();
                self.cut(before.rfind(' ').map_or(0, |at| at + 1));
            }
            Key::Control('C') => {
                self.finish(false);
            }
            _ => return Edited::Nothing,
        }
        Edited::Changed
    }

    /// Takes what stands from `from` to the cursor away.
    fn cut(&mut self, from: usize) {
        self.line.drain(from..self.cursor);
        self.cursor = from;
    }

    fn recall(&mut self, at: usize) {
        if self.at == self.history.len() {
            self.draft.clone_from(&self.line);
        }
        self.at = at;
        self.line.clone_from(self.history.get(at).unwrap_or(&self.draft));
        self.cursor = self.line.len();
    }

    fn finish(&mut self, remembered: bool) -> String {
        let line = std::mem::take(&mut self.line);
        self.cursor = 0;
        if remembered && !line.is_empty() && self.history.last() != Some(&line) {
            self.history.push(line.clone());
            let beyond = self.history.len().saturating_sub(HISTORY);
            self.history.drain(..beyond);
        }
        self.at = self.history.len();
        self.draft.clear();
        line
    }

    /// The line behind its prompt, with the cursor where it is, on a terminal so wide. Of a line that is too long for it,
    /// the part around the cursor.
    pub fn draw(&self, prompt: &str, columns: usize) -> String {
        let room = columns.saturating_sub(prompt.len() + 1).max(1);
        let from = (self.cursor + 1).saturating_sub(room);
        let to = self.line.len().min(from + room);
        let behind = to - self.cursor;
        let back = if behind > 0 { format!("\x1b[{behind}D") } else { String::new() };
        format!("\r\x1b[K{prompt}{}{back}", &self.line[from..to])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(editor: &mut Editor, text: &str) {
        for letter in text.chars() {
            assert_eq!(editor.key(Key::Character(letter)), Edited::Changed);
        }
    }

    fn entered(editor: &mut Editor, text: &str) {
        typed(editor, text);
        assert_eq!(editor.key(Key::Enter), Edited::Line(text.to_owned()));
    }

    fn line(editor: &mut Editor, keys: &[Key]) -> String {
        for key in keys {
            editor.key(*key);
        }
        editor.line.clone()
    }

    #[test]
    fn a_line_is_edited_in_its_middle() {
        let mut editor = Editor::default();
        typed(&mut editor, "AT^HVER");
        assert_eq!(line(&mut editor, &[Key::Left, Key::Left, Key::Left, Key::Character('W')]), "AT^HWVER");
        assert_eq!(line(&mut editor, &[Key::Home, Key::Delete, Key::End, Key::Backspace]), "T^HWVE");
        assert_eq!(line(&mut editor, &[Key::Left, Key::Control('K')]), "T^HWV");
        assert_eq!(line(&mut editor, &[Key::Left, Key::Control('U')]), "V");
    }

    #[test]
    fn a_word_and_a_whole_line_can_be_taken_back() {
        let mut editor = Editor::default();
        typed(&mut editor, "AT one two ");
        assert_eq!(line(&mut editor, &[Key::Control('W')]), "AT one ");
        assert_eq!(line(&mut editor, &[Key::Control('C')]), "");
        assert_eq!(editor.key(Key::Control('D')), Edited::End);
    }

    #[test]
    fn earlier_lines_come_back_and_the_one_that_was_begun_is_kept() {
        let mut editor = Editor::default();
        entered(&mut editor, "ATI");
        entered(&mut editor, "AT");
        entered(&mut editor, "AT");
        typed(&mut editor, "AT^H");
        assert_eq!(line(&mut editor, &[Key::Up]), "AT");
        assert_eq!(line(&mut editor, &[Key::Up, Key::Up]), "ATI", "a line twice in a row is kept once");
        assert_eq!(line(&mut editor, &[Key::Down, Key::Down]), "AT^H");
        assert_eq!(line(&mut editor, &[Key::Down]), "AT^H");
    }

    #[test]
    fn a_text_is_ended_by_its_own_key_and_not_remembered() {
        let mut editor = Editor::default();
        typed(&mut editor, "hello");
        assert_eq!(editor.key(Key::Control('Z')), Edited::Text("hello".to_owned()));
        assert_eq!(line(&mut editor, &[Key::Up]), "");
        assert_eq!(editor.key(Key::Escape), Edited::Escape);
    }

    #[test]
    fn what_is_drawn_puts_the_cursor_where_it_is() {
        let mut editor = Editor::default();
        typed(&mut editor, "AT^HWVER");
        assert_eq!(editor.draw("at> ", 80), "\r\x1b[Kat> AT^HWVER");
        editor.key(Key::Left);
        assert_eq!(editor.draw("at> ", 80), "\r\x1b[Kat> AT^HWVER\x1b[1D");
        assert_eq!(editor.draw("at> ", 10), "\r\x1b[Kat> HWVER\x1b[1D");
    }

    proptest! {
        #[test]
        fn any_keys_keep_the_cursor_in_the_line_and_the_line_in_its_columns(
            keys in prop::collection::vec(prop_oneof![
                (b' '..=b'~').prop_map(|byte| Key::Character(char::from(byte))),
                (b'A'..=b'Z').prop_map(|byte| Key::Control(char::from(byte))),
                prop::sample::select(vec![
                    Key::Enter, Key::Backspace, Key::Delete, Key::Left, Key::Right, Key::Up, Key::Down, Key::Home,
                    Key::End, Key::Escape, Key::Other,
                ]),
            ], 0..200),
            columns in 0usize..100,
        ) {
            let mut editor = Editor::default();
            for key in keys {
                editor.key(key);
                prop_assert!(editor.cursor <= editor.line.len());
                let drawn = editor.draw("> ", columns);
                let shown = drawn.trim_start_matches("\r\x1b[K").split('\x1b').next().unwrap_or_default().len();
                prop_assert!(shown < columns.max(4), "{drawn:?} in {columns}");
            }
        }
    }
}
