//! Loaders known by their git blob id.
//!
//! A git blob id is the SHA-1 of `blob <length>\0` and the content. The ids of the loaders in the public repository of
//! today's tool are known, so a file can be recognised although none is stored here. An id gives a name and nothing
//! more: whether a loader is safe is read in its code, except for the four files that were taken apart by hand.

use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use crate::image::platform::Platform;

/// Name and blob id. `usblsafe` ones are published as safe, the others erase unless patched.
#[rustfmt::skip]
const KNOWN: [(&str, &str); 34] = [
    ("usblsafe-327x", "16ba9b277fceb01c0690c036a6e98c6733a08451"),
    ("usblsafe-3372h", "a3646eccf0b1f1223ed874de14c08bec9447c93d"),
    ("usblsafe-3372s", "e7d2b5fc721d7b46d386642124f69f0b275c1de5"),
    ("usblsafe-5186", "e780e4e70fce6f0c9c3281922445be7a27a3bd98"),
    ("usblsafe-5330bs", "246f79a930653de4724e029eeb8c936604b8eb13"),
    ("usblsafe-5573bs", "c83b6c8928616ac5708ff5a824fa47eebe6cee4d"),
    ("usblsafe-5573s", "c5fb0b3666b10b9ad6b4a5445b0e6ed12a19fec1"),
    ("usblsafe-8278", "c47a140021da3f96cee688cfd73401ffc7160612"),
    ("usblsafe-8372", "035e193e1f91f8d9b84ad68fbe7970a2042c9e06"),
    ("usblsafe-b528", "a12dc4f396b93a714a32f072eb78c07021b22892"),
    ("usblsafe-e303", "dc96ae1b10eceefe32c9d09587a883f71a73ccb8"),
    ("usblsafe-e3372h_shell", "803726366d70ac11d2747c3e4aafe7d009714e6c"),
    ("usblsafe-e5573cs-322", "bec742a5e50ec6e900456c475c477fdd2e150369"),
    ("usblsafe-e5573cs", "5f795ab2b6c9615a89228d48a23c5cfd0b3dd316"),
    ("usblsafe-e5770", "942f93177c6efe26d49dfe061ab9db328261a841"),
    ("usblsafe-e5785", "294985f616a83b79cbb6c0390f0c63960711c962"),
    ("usblsafe-e5885", "872f84ce7e7644b8c06caecf44f8ba9cf840cd33"),
    ("usblsafe_b315", "5331989595dd1c17337514386a23eef60bb3a99b"),
    ("usblsafe_b525", "b7c62f640d4b57405095eb7ccb339a490194309c"),
    ("usbloader-3372h", "8bea2c60687d33231e40d7a2ba1f691f2a1a753b"),
    ("usbloader-3372s", "02f2572f34f55bf0f1d24c7bbccf865d20fc1fe8"),
    ("usbloader-5377", "87dd897025ad0a02e92b8e7c0b9f4cfcbaa1ad54"),
    ("usbloader-5573cs-322", "4833d98f4c7fdc6e8662f3d55a771de0eb7e01fa"),
    ("usbloader-5577", "77e2357bb8e273ca6d868ab1da6a7de6ef6f5e42"),
    ("usbloader-5770", "f953369cbfb9e2072f951be3254721a031db8222"),
    ("usbloader-b310", "bc1ffe7b1bb2c96fceb97ddb8d7b4c92a6280b18"),
    ("usbloader-b525-shell", "f06dfa4d6f2266c8dd9c1e05242a132381ee1251"),
    ("usbloader-b525", "876eecc56819fce8c742311d60314e346a015d1d"),
    ("usbloader-b528", "05d9cba1b37084a8228284bb2a40ce1c7f6da9d8"),
    ("usbloader-b715", "1b862ac61bc3ae5ac4196e05c400ceb03a09d37b"),
    ("usbloader-e5770", "3b8a01a3dd50244a918d0ca4db3d220d80909f16"),
    ("usbloader-e5785", "d6dd4da23c064e9409cebe4fbb6273448c932f17"),
    ("usbloader-e5885", "23af971f8be35e425565a5d4c8d702cdb2b382bf"),
    ("usbloader_b315_shell", "bca577cb105d9e5534ef20abc8a8ff7e8175b904"),
];

/// A file whose code was read by hand and found to erase nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verified {
    pub name: &'static str,
    pub platform: Platform,
    /// The first 16 digits of its SHA-256.
    pub sha256: &'static str,
    /// Why it is safe.
    pub why: &'static str,
}

const VERIFIED: [Verified; 4] = [
    Verified {
        name: "usblsafe-327x",
        platform: Platform::V7R1,
        sha256: "8e0939823f26ca09",
        why: "its erase function counts zero blocks",
    },
    Verified {
        name: "usblsafe-8278",
        platform: Platform::V7R1,
        sha256: "08e3ebda4c0b1061",
        why: "its erase function counts zero blocks",
    },
    Verified {
        name: "usblsafe-5330bs",
        platform: Platform::V3R3,
        sha256: "8764cc39bc5dbd59",
        why: "its erase function returns at once",
    },
    Verified {
        name: "usblsafe-e303",
        platform: Platform::V3R3,
        sha256: "d2d31fec3b434430",
        why: "both calls of its erase function are taken out",
    },
];

/// The git blob id, 40 lower-case digits.
pub(super) fn blob_id(content: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", content.len()));
    hash.update(content);
    hexadecimal(&hash.finalize())
}

/// The name that belongs to a blob id.
pub(super) fn name_of(blob_id: &str) -> Option<&'static str> {
    KNOWN.iter().find(|(_, id)| *id == blob_id).map(|(name, _)| *name)
}

/// The verified file that this is. Both hashes have to agree: SHA-1 alone can be forged.
pub(super) fn verified(name: &str, content: &[u8]) -> Option<&'static Verified> {
    let file = VERIFIED.iter().find(|file| file.name == name)?;
    hexadecimal(&Sha256::digest(content)).starts_with(file.sha256).then_some(file)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_id_is_the_one_that_git_gives() {
        assert_eq!(blob_id(b""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(blob_id(b"hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
    }

    #[test]
    fn every_known_id_is_forty_digits_and_there_once() {
        for (at, (name, id)) in KNOWN.iter().enumerate() {
            assert!(id.len() == 40 && id.bytes().all(|digit| b"0123456789abcdef".contains(&digit)), "{name}");
            assert!(KNOWN[..at].iter().all(|(other_name, other)| other != id && other_name != name), "{name}");
            assert_eq!(name_of(id), Some(*name));
        }
        assert_eq!(name_of("bea2c60687d33231e40d7a2ba1f691f2a1a753b8"), None);
        assert_eq!(KNOWN.iter().filter(|(name, _)| name.starts_with("usblsafe")).count(), 19);
    }

    #[test]
    fn every_verified_file_is_a_known_one_and_another_content_of_its_name_is_not_it() {
        for file in &VERIFIED {
            assert!(KNOWN.iter().any(|(name, _)| *name == file.name), "{}", file.name);
            assert_eq!(verified(file.name, b"something else"), None);
        }
    }

    #[test]
    fn the_digest_of_the_verified_v7r1_file_agrees_with_the_wire_vectors() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../../hw-tests/vectors/bootrom.json")).unwrap();
        let digest = vectors["real_usblsafe_327x_unmodified"]["file_sha256"].as_str().unwrap();
        let file = VERIFIED.iter().find(|file| file.name == "usblsafe-327x").unwrap();
        assert!(digest.starts_with(file.sha256));
    }
}
