//! A program to run in the guest, and the script that starts it there.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// A program of this host with its arguments, found at the same path in the guest.
#[derive(Clone, Debug)]
pub struct Program {
    words: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    folder: Option<PathBuf>,
    identity: Option<Identity>,
    input: Vec<u8>,
}

/// Who runs it: numbers, because the guest's user need not exist on this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user.
    pub user: u32,
    /// The user's own group.
    pub group: u32,
    /// Further groups, by number or by a name that `/etc/group` of the guest knows.
    pub groups: Vec<String>,
}

impl Program {
    /// A program, by path or by name.
    pub fn new(program: impl Into<OsString>) -> Self {
        let words = vec![program.into()];
        Self { words, environment: Vec::new(), folder: None, identity: None, input: Vec::new() }
    }

    /// With one more argument.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.words.push(argument.into());
        self
    }

    /// With more arguments.
    #[must_use]
    pub fn arguments(mut self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.words.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// With a variable. Nothing of this process's environment is passed on: the guest has its own.
    #[must_use]
    pub fn environment(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// In this folder; without it, in the current folder of this process.
    #[must_use]
    pub fn in_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// As somebody other than root. Needs the host's `setpriv`, which every Debian has.
    #[must_use]
    pub fn run_as(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// With this on its standard input, which is empty otherwise.
    #[must_use]
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// What its standard input shall hold.
    pub(super) fn given_input(&self) -> &[u8] {
        &self.input
    }

    /// The script that becomes the program; `current` is the folder where none was named.
    pub(super) fn script(&self, current: &OsStr) -> Vec<u8> {
        let folder = self.folder.as_ref().map_or(current, |folder| folder.as_os_str());
        let mut script = b"cd -- ".to_vec();
        quote(&mut script, folder);
        script.extend_from_slice(b" || exit 127\n");
        for (name, value) in &self.environment {
            script.extend_from_slice(b"export ");
            script.extend_from_slice(name.as_bytes());
            script.push(b'=');
            quote(&mut script, value);
            script.push(b'\n');
        }
        script.extend_from_slice(b"exec");
        if let Some(identity) = &self.identity {
            script.extend_from_slice(identity.change().as_bytes());
        }
        for word in &self.words {
            script.push(b' ');
            quote(&mut script, word);
        }
        script.push(b'\n');
        script
    }
}

impl Identity {
    /// A user with a group of the same number and no other group.
    #[must_use]
    pub fn number(user: u32) -> Self {
        Self { user, group: user, groups: Vec::new() }
    }

    fn change(&self) -> String {
        let groups = match self.groups.as_slice() {
            [] => "--clear-groups".to_owned(),
            groups => format!("--groups {}", groups.join(",")),
        };
        format!(" setpriv --reuid {} --regid {} {groups} --inh-caps=-all --", self.user, self.group)
    }
}

/// Appends one word, so that a shell takes it for exactly that.
fn quote(script: &mut Vec<u8>, word: &OsStr) {
    script.push(b'\'');
    for &byte in word.as_bytes() {
        match byte {
            b'\'' => script.extend_from_slice(br"'\''"),
            byte => script.push(byte),
        }
    }
    script.push(b'\'');
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn script(program: &Program) -> String {
        String::from_utf8(program.script(OsStr::new("/here"))).expect("plain text")
    }

    #[test]
    fn the_script_enters_the_folder_and_becomes_the_program() {
        let program = Program::new("ls").argument("-l").argument("a b");
        assert_eq!(script(&program), "cd -- '/here' || exit 127\nexec 'ls' '-l' 'a b'\n");
        let program = Program::new("ls").in_folder("/there").environment("COLOUR", "deep blue");
        assert_eq!(script(&program), "cd -- '/there' || exit 127\nexport COLOUR='deep blue'\nexec 'ls'\n");
    }

    #[test]
    fn another_identity_drops_every_group_that_is_not_named() {
        let with = |identity| script(&Program::new("id").run_as(identity)).lines().last().map(str::to_owned);
        let expected = "exec setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=-all -- 'id'";
        assert_eq!(with(Identity::number(1000)).as_deref(), Some(expected));
        let groups = vec!["plugdev".to_owned(), "20".to_owned()];
        let expected = "exec setpriv --reuid 1000 --regid 100 --groups plugdev,20 --inh-caps=-all -- 'id'";
        assert_eq!(with(Identity { user: 1000, group: 100, groups }).as_deref(), Some(expected));
    }

    #[test]
    fn every_byte_of_a_word_reaches_the_program() {
        let words = ["a'b", "$HOME `id` \\", "", "two\nlines", "*"].map(OsString::from).to_vec();
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let file = folder.path().join("script");
        let program = Program::new("printf").argument("%s|").arguments(words);
        std::fs::write(&file, program.script(folder.path().as_os_str())).expect("written");
        let ran = Command::new("sh").arg(&file).output().expect("a shell");
        assert_eq!(String::from_utf8_lossy(&ran.stdout), "a'b|$HOME `id` \\||two\nlines|*|");
    }
}
