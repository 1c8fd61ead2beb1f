//! Packing: what comes out, and what is refused without a file being left.

use std::fs;
use std::num::NonZeroU32;
use std::ops::ControlFlow;

use proptest::prelude::*;

use super::unpacked::{files, mixed_set, on};
use super::*;
use crate::image::compression::Compression;
use crate::image::output::OutputError;
use crate::image::partition_code::PartitionSelector;

/// A folder that a container was unpacked into, and a place for another container beside it.
struct Folder {
    _file: OnDisk,
    folder: PathBuf,
    out: PathBuf,
}

fn unpacked(bytes: &[u8], with_headers: bool) -> Folder {
    let file = on_disk(bytes);
    let folder = file.path.with_extension("");
    let options = UnpackOptions { with_headers, ..UnpackOptions::default() };
    verify_path(&file.path).unwrap().unpacking(&folder, &options).unwrap().write(&mut on).unwrap();
    Folder { folder, out: file.path.with_extension("out"), _file: file }
}

impl Folder {
    fn read(&self, options: &PackOptions) -> Result<Packing, RepackError> {
        Packing::read(&self.folder, options, &mut |_, _| {})
    }

    fn pack(&self, options: &PackOptions) -> Result<Packed, RepackError> {
        self.read(options)?.write(&self.out, false, &mut on)
    }

    /// The message of the refusal. Beside the folder there is the firmware it came from, and nothing else.
    fn refusal(&self, options: &PackOptions) -> String {
        let error = self.pack(options).map(drop).expect_err("a folder that must be refused").to_string();
        let beside = fs::read_dir(self.folder.parent().unwrap()).unwrap().count();
        assert_eq!(beside, 2, "a file was left: {error}");
        error
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.folder.join(name), bytes).unwrap();
    }
}

fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

#[test]
fn a_raw_container_comes_back_byte_for_byte_from_bare_files_and_from_files_with_headers() {
    let bytes = padded(bin(1, &full_set()));
    for with_headers in [false, true] {
        let folder = unpacked(&bytes, with_headers);
        let packed = folder.pack(&PackOptions::default()).unwrap();
        assert!(fs::read(&folder.out).unwrap() == bytes, "with headers: {with_headers}");
        assert_eq!(packed.length, bytes.len() as u64);
    }
}

#[test]
fn files_with_headers_need_no_description() {
    let bytes = padded(bin(1, &full_set()));
    let folder = unpacked(&bytes, true);
    fs::remove_file(folder.folder.join(DESCRIPTION_FILE)).unwrap();
    folder.pack(&PackOptions::default()).unwrap();
    assert!(fs::read(&folder.out).unwrap() == bytes);
}

#[test]
fn partitions_are_stored_as_they_were_or_as_is_asked_and_the_last_word_counts() {
    let folder = unpacked(&bin(1, &mixed_set()), false);
    let ways = |options: &PackOptions| {
        let partitions = folder.read(options).unwrap().write(&folder.out, true, &mut on).unwrap().partitions;
        partitions.iter().map(|partition| partition.compression).collect::<Vec<_>>()
    };
    use Compression::{Lzma, None, Zlib};
    assert_eq!(ways(&PackOptions::default()), [None, None, None, None, Zlib, None, None, None, None, None]);
    let named = |name: &str| PartitionSelector::new(name);
    let compression = vec![(Option::None, Lzma), (named("system"), Zlib), (named("00220000"), None)];
    let options = PackOptions { compression, ..PackOptions::default() };
    assert_eq!(ways(&options), [Lzma, Lzma, Lzma, Lzma, None, Lzma, Lzma, Lzma, Zlib, Lzma]);
    let nowhere = PackOptions { compression: vec![(named("Logo"), Zlib)], ..PackOptions::default() };
    assert!(matches!(folder.read(&nowhere), Err(RepackError::NoSuchPartition { .. })));
}

#[test]
fn texts_block_size_and_type_are_those_of_the_options_where_given() {
    let folder = unpacked(&bin(1, &full_set()), false);
    let text = |text: &str| Some(text.to_owned());
    let options = PackOptions {
        image_type: Some(5),
        hardware: text("HWEW99"),
        date: text("2020.02.02"),
        time: text("12:00:00"),
        product: text("BV7R11W"),
        block_size: NonZeroU32::new(128),
        ..PackOptions::default()
    };
    let packed = folder.pack(&options).unwrap();
    let partition = &packed.partitions[9];
    assert_eq!(packed.image_type.byte(), 5);
    assert_eq!(partition.block_size(), Some(128));
    assert_eq!((partition.hardware.as_str(), partition.date.as_str()), ("HWEW99", "2020.02.02"));
    assert_eq!(partition.version_text, ":BV7R11W:21.180.01.00.00");
    assert_eq!(packed.missing.len(), 1, "the type now promises a web UI");
    let options = PackOptions { version: text("22.315.01.00.00-too-long-for-it"), ..PackOptions::default() };
    assert!(matches!(folder.read(&options), Err(RepackError::TextTooLong { room: 32, .. })));
}

#[test]
fn the_signed_flag_follows_the_trailer_whatever_was_said() {
    let mut units = full_set();
    units[0].stored.extend(trailer(7));
    let folder = unpacked(&bin(1, &units), false);
    assert_eq!(folder.pack(&PackOptions::default()).unwrap().image_type.byte(), 9);
    let unsigned = unpacked(&bin(9, &full_set()), false);
    assert_eq!(unsigned.pack(&PackOptions::default()).unwrap().image_type.byte(), 1);
}

#[test]
fn a_file_with_a_header_that_does_not_fit_it_is_refused_by_name() {
    let folder = unpacked(&padded(bin(1, &full_set())), true);
    let name = "09-005a0000-APP.fw";
    let sound = files(&folder.folder)[name].clone();
    let mut wrong_crc = sound.clone();
    wrong_crc[30] ^= 1;
    let mut wrong_data = sound.clone();
    *wrong_data.last_mut().unwrap() ^= 1;
    let other = files(&folder.folder)["08-00590000-System.fw"].clone();
    for (bytes, word) in [
        (sound[..50].to_vec(), "cut off within its header, it has 50 bytes"),
        (sound[..sound.len() - 1].to_vec(), "cut off"),
        ([sound.as_slice(), b"more"].concat(), "goes on behind its data"),
        (wrong_crc, "header CRC"),
        (wrong_data, "CRC block 0"),
        (other, "is that of partition 00590000 System"),
    ] {
        folder.write(name, bytes);
        let error = folder.refusal(&PackOptions::default());
        assert!(error.contains(word) && error.contains(name), "{word}: {error}");
    }
}

#[test]
fn a_damaged_bit_anywhere_in_a_file_with_a_header_is_refused_whatever_the_file_is_called() {
    let folder = unpacked(&padded(bin(1, &full_set())), true);
    let [name, bare] = ["09-005a0000-APP.fw", "09-005a0000-APP.bin"];
    let sound = files(&folder.folder)[name].clone();
    for at in 0..sound.len() {
        let mut damaged = sound.clone();
        damaged[at] ^= 1 << (at % 8);
        folder.write(name, &damaged);
        let error = folder.refusal(&PackOptions::default());
        assert!(error.contains(name), "byte {at}: {error}");
    }
    // Without its ending a header is told by its sizes: it must not be packed, or flashed, as data.
    fs::remove_file(folder.folder.join(name)).unwrap();
    for at in 0..4 {
        let mut damaged = sound.clone();
        damaged[at] ^= 0x10;
        folder.write(bare, &damaged);
        let error = folder.refusal(&PackOptions::default());
        assert!(error.contains(bare) && error.contains("a55aaa55"), "byte {at}: {error}");
        let flashed = verify_path(&folder.folder).unwrap_err().to_string();
        assert!(flashed.contains("-Fastboot.fw"), "files with headers are not flashed: {flashed}");
    }
}

#[test]
fn a_description_that_cannot_be_used_is_refused_by_name() {
    let folder = unpacked(&bin(1, &full_set()), false);
    let huge = format!("{{\"schema\":1,{}\"partitions\":[]}}", " ".repeat(1 << 20));
    for (text, word) in [("{", "not JSON"), (huge.as_str(), "larger than"), ("\u{0}", "not JSON")] {
        folder.write(DESCRIPTION_FILE, text);
        let error = folder.refusal(&PackOptions::default());
        assert!(error.contains(word) && error.contains(DESCRIPTION_FILE), "{word}: {error}");
    }
    folder.write(DESCRIPTION_FILE, [0xff, 0xfe]);
    assert!(folder.refusal(&PackOptions::default()).contains("cannot be read as text"));
    fs::remove_file(folder.folder.join(DESCRIPTION_FILE)).unwrap();
    fs::create_dir(folder.folder.join(DESCRIPTION_FILE)).unwrap();
    assert!(folder.refusal(&PackOptions::default()).contains("a folder"));
}

#[test]
fn without_a_description_the_container_is_raw_and_states_nothing() {
    let folder = unpacked(&bin(1, &mixed_set()), false);
    fs::remove_file(folder.folder.join(DESCRIPTION_FILE)).unwrap();
    let packed = folder.pack(&PackOptions::default()).unwrap();
    assert!(packed.partitions.iter().all(|partition| partition.compression == Compression::None));
    assert!(packed.partitions.iter().all(|partition| partition.version_text.is_empty()));
}

#[test]
fn partitions_that_only_the_description_knows_are_named() {
    let folder = unpacked(&bin(1, &full_set()), false);
    fs::remove_file(folder.folder.join("09-005a0000-APP.bin")).unwrap();
    let packing = folder.read(&PackOptions::default()).unwrap();
    assert_eq!(packing.unused().iter().map(ToString::to_string).collect::<Vec<_>>(), ["005a0000 APP"]);
}

#[test]
fn options_that_contradict_the_partitions_are_refused_when_the_container_is_read_back() {
    let folder = unpacked(&bin(1, &full_set()), false);
    let options = PackOptions { product: Some("BV7R2ES".to_owned()), ..PackOptions::default() };
    let error = folder.refusal(&options);
    assert!(error.contains("V7R2") && error.contains("contradicts itself"), "{error}");
}

#[test]
fn a_file_is_no_folder_and_the_container_does_not_go_into_its_own_folder() {
    let folder = unpacked(&bin(1, &full_set()), false);
    let file = folder.folder.with_extension("bin");
    let read = Packing::read(&file, &PackOptions::default(), &mut |_, _| {});
    assert!(matches!(read, Err(RepackError::Firmware(FirmwareError::NotAFolder { .. }))));
    let inside = folder.folder.join("x.bin");
    assert!(matches!(Packing::check_place(&folder.folder, &inside, true), Err(RepackError::IntoItself)));
    let packing = folder.read(&PackOptions::default()).unwrap();
    let exists = packing.write(&file, false, &mut on);
    assert!(matches!(exists, Err(RepackError::Output(OutputError::Exists { .. }))));
}

#[test]
fn a_partition_that_changed_after_it_was_checked_ends_it_and_no_file_is_left() {
    for compression in [Compression::None, Compression::Zlib, Compression::Lzma] {
        let folder = unpacked(&bin(1, &mixed_set()), false);
        let options = PackOptions { compression: vec![(None, compression)], ..PackOptions::default() };
        let packing = folder.read(&options).unwrap();
        let path = folder.folder.join("08-00590000-System.bin");
        let (before, mut data) = (fs::metadata(&path).unwrap().modified().unwrap(), fs::read(&path).unwrap());
        data[7000] ^= 1;
        fs::write(&path, data).unwrap();
        fs::File::options().write(true).open(&path).unwrap().set_modified(before).unwrap();
        let error = packing.write(&folder.out, false, &mut on).unwrap_err().to_string();
        assert!(error.contains("partition 8 (00590000 System)"), "{error}");
        assert_eq!(fs::read_dir(folder.folder.parent().unwrap()).unwrap().count(), 2, "{compression}");
    }
}

#[test]
fn a_stop_at_any_moment_leaves_no_file() {
    let folder = unpacked(&bin(1, &mixed_set()), false);
    let packing = folder.read(&PackOptions::default()).unwrap();
    let mut moment = 0;
    loop {
        let mut asked = 0;
        let ended = packing.write(&folder.out, false, &mut |_, _| {
            asked += 1;
            if asked > moment { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if ended.is_ok() {
            break;
        }
        assert!(matches!(ended, Err(RepackError::Interrupted)));
        assert_eq!(fs::read_dir(folder.folder.parent().unwrap()).unwrap().count(), 2, "after {moment} steps");
        moment += 1;
    }
    assert!(moment > 20, "only {moment} moments were tried");
}

fn any_unit(code: u32) -> impl Strategy<Value = UnitRecipe> {
    let data = proptest::collection::vec(any::<u8>(), 1..6000);
    (data, any::<bool>(), 1..5000_u32).prop_map(move |(mut data, compressed, block_size)| {
        // Data that looks compressed by itself is refused, and not what this is about.
        data[0] |= 0x80;
        let stored = if compressed { zlib(&data) } else { data };
        UnitRecipe { block_size, ..UnitRecipe::new(code, stored) }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn what_is_unpacked_and_packed_has_the_same_partitions_and_unpacks_to_the_same_files(
        units in [any_unit(0x11_0000), any_unit(0x20_0000), any_unit(0x09_0000), any_unit(0x59_0000)],
        with_headers: bool,
        way in 0..4_usize,
    ) {
        let bytes = bin(1, &units);
        let before = verify(&bytes).unwrap();
        let folder = unpacked(&bytes, with_headers);
        let ways = [Compression::None, Compression::Zlib, Compression::Lzma];
        let compression = ways.get(way).map(|way| (None, *way)).into_iter().collect();
        let packed = folder.pack(&PackOptions { compression, ..PackOptions::default() }).unwrap();
        let essence = |partitions: &[Partition]| -> Vec<_> {
            partitions.iter().map(|one| (one.code, one.size, one.sha256, one.block_size(), one.date.clone())).collect()
        };
        prop_assert_eq!(essence(before.partitions()), essence(&packed.partitions));
        let again = folder.folder.with_extension("again");
        let options = UnpackOptions { with_headers, ..UnpackOptions::default() };
        verify_path(&folder.out).unwrap().unpacking(&again, &options).unwrap().write(&mut on).unwrap();
        let (mut first, mut second) = (files(&folder.folder), files(&again));
        if way < ways.len() {
            // It now tells of the other way of storing.
            first.remove(DESCRIPTION_FILE);
            second.remove(DESCRIPTION_FILE);
        }
        prop_assert_eq!(first, second);
    }
}
