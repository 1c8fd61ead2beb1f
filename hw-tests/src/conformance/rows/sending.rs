//! Rows 4 and 5: what the device counts is what was sent.

use super::super::subject::{Kept, SOON, Subject, check, said};

/// Row 4.
pub(super) fn zero_length_packets(subject: &Subject<'_>) -> Kept {
    sent_and_counted(subject, &[0, 1, 511, 512, 513, 1024, 4096, 0, 0, 64])
}

/// Row 5.
pub(super) fn one_transfer(subject: &Subject<'_>) -> Kept {
    sent_and_counted(subject, &[1029])
}

fn sent_and_counted(subject: &Subject<'_>, lengths: &[usize]) -> Kept {
    let (device, mut port) = subject.fresh(0)?;
    for &length in lengths {
        port.send(&vec![0x5a; length], SOON).map_err(said(&format!("sending {length} bytes")))?;
    }
    let came = subject.report(&device, 0)?;
    check(came == lengths, || format!("transfers of {lengths:?} bytes were sent, of {came:?} came"))
}
