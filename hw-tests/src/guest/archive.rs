//! The archive format that the kernel unpacks its first file system from: cpio, "newc".

/// Everything is owned by root; the times are those of the epoch, so that equal contents give equal archives.
#[derive(Debug, Default)]
pub struct Archive {
    bytes: Vec<u8>,
    entries: u32,
}

/// File type and permission bits, as in `st_mode`.
const FOLDER: u32 = 0o040_755;
const FILE: u32 = 0o100_644;
const EXECUTABLE: u32 = 0o100_755;
/// The name of the entry that ends an archive.
const END: &str = "TRAILER!!!";

/// A file is larger than the 32-bit size field of the format.
#[derive(Debug, thiserror::Error)]
#[error("{name} is too large for a cpio archive: {size} bytes, the format ends at 4 GiB")]
pub struct TooLarge {
    name: String,
    size: usize,
}

impl Archive {
    /// Adds a folder; its parent must have been added before.
    pub fn folder(&mut self, name: &str) {
        self.header(name, FOLDER, 0);
    }

    /// Adds a plain file.
    pub fn file(&mut self, name: &str, contents: &[u8]) -> Result<(), TooLarge> {
        self.contents(name, FILE, contents)
    }

    /// Adds a program or script.
    pub fn executable(&mut self, name: &str, contents: &[u8]) -> Result<(), TooLarge> {
        self.contents(name, EXECUTABLE, contents)
    }

    /// The finished archive.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.header(END, 0, 0);
        self.bytes
    }

    fn contents(&mut self, name: &str, mode: u32, contents: &[u8]) -> Result<(), TooLarge> {
        let too_large = |_| TooLarge { name: name.to_owned(), size: contents.len() };
        let size = u32::try_from(contents.len()).map_err(too_large)?;
        self.header(name, mode, size);
        self.bytes.extend_from_slice(contents);
        self.pad();
        Ok(())
    }

    /// Magic and 13 fields of eight hex digits each, then the name with its NUL, padded to four bytes.
    fn header(&mut self, name: &str, mode: u32, size: u32) {
        self.entries += 1;
        let links = if mode == FOLDER { 2 } else { 1 };
        // Never long: the names are this crate's own.
        let name_size = name.len() as u32 + 1;
        let (user, group, time, device, check) = (0, 0, 0, 0, 0);
        let fields =
            [self.entries, mode, user, group, links, time, size, device, device, device, device, name_size, check];
        self.bytes.extend_from_slice(b"070701");
        for field in fields {
            self.bytes.extend_from_slice(format!("{field:08x}").as_bytes());
        }
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.push(0);
        self.pad();
    }

    fn pad(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;

    fn sample() -> Vec<u8> {
        let mut archive = Archive::default();
        archive.folder("bin");
        archive.executable("bin/tool", b"#!/bin/sh\nexit 7\n").expect("small");
        archive.file("empty", b"").expect("small");
        archive.file("odd", b"12345").expect("small");
        archive.finish()
    }

    #[test]
    fn header_is_110_bytes_of_hex_and_name_and_contents_are_padded_to_four() {
        let mut archive = Archive::default();
        archive.file("odd", b"12345").expect("small");
        let bytes = archive.finish();
        let fields = "00000001000081a4000000000000000000000001000000000000000500000000000000000000000000000000\
                      0000000400000000";
        assert_eq!(&bytes[..110], format!("070701{fields}").as_bytes());
        // 110 + 4 bytes of name are padded to 116, the contents to 124.
        assert_eq!(&bytes[110..124], b"odd\0\0\x0012345\0\0\0");
        assert_eq!(&bytes[124..130], b"070701");
        assert!(bytes.ends_with(b"TRAILER!!!\0\0\0\0"), "{:?}", &bytes[bytes.len() - 16..]);
        assert_eq!(bytes.len() % 4, 0);
    }

    /// Runs `cpio` over the sample; `None` where it is not installed.
    fn cpio(arguments: &[&str], folder: &std::path::Path) -> Option<String> {
        let mut command = Command::new("cpio");
        command.args(arguments).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = match command.stderr(Stdio::piped()).spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                // Not `eprintln!`: the test runner would keep it to itself.
                writeln!(std::io::stderr(), "not compared with cpio: install Debian's package cpio").expect("stderr");
                return None;
            }
            Err(error) => panic!("cpio does not start: {error}"),
        };
        child.stdin.take().expect("piped").write_all(&sample()).expect("cpio reads");
        let ended = child.wait_with_output().expect("cpio ends");
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        Some(String::from_utf8_lossy(&ended.stdout).into_owned())
    }

    #[test]
    fn cpio_lists_what_was_added() {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        if let Some(listed) = cpio(&["-it", "--quiet"], folder.path()) {
            assert_eq!(listed.lines().collect::<Vec<_>>(), ["bin", "bin/tool", "empty", "odd"]);
        }
    }

    #[test]
    fn cpio_unpacks_what_was_added() {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        if cpio(&["-i", "--quiet"], folder.path()).is_some() {
            assert_eq!(std::fs::read(folder.path().join("odd")).expect("unpacked"), b"12345");
            assert_eq!(std::fs::read(folder.path().join("empty")).expect("unpacked"), b"");
            let tool = Command::new(folder.path().join("bin/tool")).status().expect("it is executable");
            assert_eq!(tool.code(), Some(7));
        }
    }
}
