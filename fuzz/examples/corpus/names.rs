//! Folders as lines of file names.

use balong_mocks::samples::damage::{Damaged, cases};

use super::Seeds;

/// Sets of partitions and folders of loaders, good and bad.
const FOLDERS: [(&str, &str); 9] = [
    ("one", "00-00110000-Fastboot.bin"),
    ("pair", "00-00110000-Fastboot.bin\n01-00200000-M3Boot_R11.bin"),
    ("gap", "00-00110000-Fastboot.bin\n02-00200000-M3Boot_R11.bin"),
    ("twice", "00-00110000-A.bin\n00-00110000-B.bin"),
    ("ways_out", "../00-00110000-A.bin\n00-00110000-../A.bin\n00-00110000-..\\A.bin\n/etc/00-00110000-A\n.\n..\n"),
    ("signs", "+1-00110000-A.bin\n00-+0110000-A.bin\n00-0011000g-A.bin\n-0-00110000-A"),
    ("loader", "00-10000000-call.bin\n01-57900000-start.bin\nptable.txt"),
    ("loader_with_everything", "00-10000000-call.bin\n01-57900000-start.bin\nptable.bin\nhead.bin\ntrailing.bin"),
    ("not_latin", "00-00110000-\u{202e}nib.Fastboot\n0\u{660}-00110000-A.bin\n00-00110000-\u{1f4be}.bin"),
];

pub fn seeds() -> Seeds {
    let mut seeds: Seeds =
        FOLDERS.iter().map(|(name, lines)| ((*name).to_owned(), lines.as_bytes().to_vec())).collect();
    let damaged = cases().expect("the recipes are sound");
    let folders = damaged.iter().filter_map(|case| match &case.content {
        Damaged::Folder(files) => Some((case, files)),
        Damaged::File(_) => None,
    });
    for (case, files) in folders {
        let names: Vec<&[u8]> = files.iter().map(|(name, _)| name.as_encoded_bytes()).collect();
        seeds.push((case.name.replace(' ', "_"), names.join(&b'\n')));
    }
    seeds
}
