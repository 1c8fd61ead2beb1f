//! Damage anywhere: never a panic, and never a part of a set that passes for the whole.

use proptest::prelude::*;

use super::*;

fn three_units() -> Vec<UnitRecipe> {
    vec![
        UnitRecipe::new(0x11_0000, vec![1; 150]),
        UnitRecipe::new(0x59_0000, zlib(&[2; 560])),
        UnitRecipe::new(0x5a_0000, vec![3; 33]),
    ]
}

/// Offsets of all headers of a good file.
fn headers(file: &[u8]) -> Vec<usize> {
    let firmware = verify(file).unwrap();
    firmware.partitions().iter().map(|partition| partition.offset as usize).collect()
}

fn flip_every_header_bit(file: &[u8]) {
    let on_disk = on_disk(file);
    let mut damaged = file.to_vec();
    for header in headers(file) {
        for at in header..header + 98 {
            for bit in 0..8 {
                damaged[at] ^= 1 << bit;
                std::fs::write(&on_disk.path, &damaged).unwrap();
                let result = verify_path(&on_disk.path);
                assert!(result.is_err(), "bit {bit} of byte {at:#x} (header at {header:#x}) was not noticed");
                damaged[at] ^= 1 << bit;
            }
        }
    }
}

#[test]
fn no_flipped_bit_in_any_header_of_a_bin_is_accepted() {
    flip_every_header_bit(&bin(1, &three_units()));
}

#[test]
fn no_flipped_bit_in_any_header_of_an_exe_is_accepted() {
    flip_every_header_bit(&exe(1, &three_units()));
}

#[test]
fn a_cut_is_accepted_only_between_two_units_and_then_members_are_missing() {
    let mut units = full_set();
    units[2].stored = b"short".to_vec();
    for (file, from) in [(bin(1, &units), 0), (exe(1, &units), 0x190)] {
        let whole = verify(&file).unwrap();
        let ends: Vec<u64> =
            whole.partitions().iter().map(|partition| partition.offset + 100 + partition.stored_size).collect();
        let last = *ends.last().unwrap();
        let on_disk = on_disk(&[]);
        for length in from..last {
            std::fs::write(&on_disk.path, &file[..length as usize]).unwrap();
            match verify_path(&on_disk.path) {
                Ok(firmware) => {
                    let boundary = ends.iter().any(|end| (*end..=end.next_multiple_of(4)).contains(&length));
                    assert!(boundary, "cut to {length:#x} bytes was accepted");
                    assert!(!firmware.missing().is_empty(), "cut to {length:#x} bytes passes for a full set");
                }
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
    }
}

#[test]
fn a_damaged_magic_is_refused_with_its_offset_whichever_unit_and_byte_it_hits() {
    for file in [bin(1, &three_units()), exe(1, &three_units())] {
        for header in headers(&file) {
            for byte in 0..4 {
                let mut damaged = file.clone();
                damaged[header + byte] = 0;
                assert!(refusal(&damaged).contains(&format!("{header:#x}")));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_refused_without_a_panic(bytes: Vec<u8>, as_exe: bool) {
        let file = if as_exe { [b"MZ".to_vec(), bytes].concat() } else { bytes };
        prop_assert!(verify(&file).is_err());
    }

    #[test]
    fn overwritten_bytes_anywhere_never_give_fewer_partitions(
        at in 0..1000_usize,
        with in proptest::collection::vec(any::<u8>(), 1..6),
        as_exe: bool,
    ) {
        let good = if as_exe { exe(1, &three_units()) } else { bin(1, &three_units()) };
        let mut file = good.clone();
        let at = at % file.len();
        let end = file.len().min(at + with.len());
        file[at..end].copy_from_slice(&with[..end - at]);
        if let Ok(firmware) = verify(&file) {
            prop_assert_eq!(firmware.partitions().len(), 3);
        }
    }
}
