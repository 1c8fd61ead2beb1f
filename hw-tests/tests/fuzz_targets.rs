//! The fuzz targets without a fuzzer: each one over its seeds, and over thousands of changed seeds, always the same.

#[path = "../../fuzz/src/lib.rs"]
mod fuzz;
#[path = "fuzz_targets/mutation.rs"]
mod mutation;

use std::fs;
use std::path::{Path, PathBuf};

use balong::image::loader::{Loader, LoaderState};
use bytes::Bytes;

/// Changed inputs a target.
const CHANGED: usize = 2000;

/// The seeds of a target with their paths, by name.
fn seeds(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(target);
    let entries = fs::read_dir(&folder).expect("the folder of seeds");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a seed").path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).expect("a seed"))).collect()
}

/// Runs a target over its seeds, then over changed ones. A failure names the input, or leaves it as a file.
fn hold(target: &str) {
    let (_, run) = fuzz::TARGETS.into_iter().find(|(name, _)| *name == target).expect("a target of this name");
    let seeds = seeds(target);
    assert!(seeds.len() >= 8, "{target} has {} seeds", seeds.len());
    for (path, bytes) in &seeds {
        assert!(survives(run, bytes), "{} breaks a promise of {target}", path.display());
    }
    let bytes: Vec<&[u8]> = seeds.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    let mut mutator = mutation::Mutator::new(&bytes);
    for number in 0..CHANGED {
        let changed = mutator.next_input();
        if !survives(run, &changed) {
            let path = std::env::temp_dir().join(format!("balong-fuzz-{target}-{number}"));
            fs::write(&path, &changed).expect("the input that broke it");
            panic!("{} breaks a promise of {target}", path.display());
        }
    }
}

fn survives(run: fuzz::Target, bytes: &[u8]) -> bool {
    std::panic::catch_unwind(|| run(bytes)).is_ok()
}

#[test]
fn loaders_keep_every_promise_over_seeds_and_changed_seeds() {
    hold("loader");
}

#[test]
fn partition_tables_keep_every_promise_over_seeds_and_changed_seeds() {
    hold("partition_table");
}

#[test]
fn firmware_keeps_every_promise_over_seeds_and_changed_seeds() {
    hold("firmware");
}

#[test]
fn decompression_keeps_every_promise_over_seeds_and_changed_seeds() {
    hold("decompression");
}

#[test]
fn trailers_keep_every_promise_over_seeds_and_changed_seeds() {
    hold("trailer");
}

#[test]
fn directory_names_keep_every_promise_over_seeds_and_changed_seeds() {
    hold("directory_names");
}

#[test]
fn the_reduced_loaders_are_still_of_every_state() {
    let state = |name: &str| {
        let found = seeds("loader").into_iter().find(|(path, _)| path.ends_with(name)).expect("a seed of this name");
        Loader::parse(Bytes::from(found.1)).expect("a sound loader").state()
    };
    for name in ["v7r1", "v7r2", "v7r11", "v7r22", "v7r22_e5885", "v7r22_b525", "three_blocks"] {
        assert_eq!(state(name), LoaderState::Erases, "{name}");
    }
    assert_eq!(state("v7r11_patched"), LoaderState::Patched);
    assert_eq!(state("v7r1_safe"), LoaderState::Safe);
    assert_eq!(state("unknown"), LoaderState::Unknown);
}

#[test]
fn every_target_has_its_program_and_its_seeds() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let names = |folder: &str| {
        let entries = fs::read_dir(fuzz.join(folder)).expect("a folder of the fuzz targets");
        let stem = |path: PathBuf| path.file_stem().expect("a name").to_string_lossy().into_owned();
        let mut names: Vec<String> = entries.map(|entry| stem(entry.expect("an entry").path())).collect();
        names.sort();
        names
    };
    let mut targets = fuzz::TARGETS.map(|(name, _)| name.to_owned());
    targets.sort();
    assert_eq!(names("fuzz_targets"), targets);
    assert_eq!(names("seeds"), targets);
}
