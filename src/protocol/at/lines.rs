//! Lines out of what an AT port sends, and what each of them is.

use super::FinalResult;
use crate::protocol::text::readable;

/// What a stick reports on its own, whatever was asked (Huawei and 3GPP TS 27.007 report names).
const REPORTS: &[&str] = &[
    "^ANLEVEL",
    "^BOOT",
    "^CERSSI",
    "^CSNR",
    "^DSDORMANT",
    "^DSFLOWRPT",
    "^EARST",
    "^HCSQ",
    "^HCSQEX",
    "^LTERSRP",
    "^MODE",
    "^NDISEND",
    "^NDISSTAT",
    "^NWTIME",
    "^PLMN",
    "^RFSWITCH",
    "^RSSI",
    "^RSSILVL",
    "^SIMST",
    "^SMMEMFULL",
    "^SRVST",
    "^STIN",
    "^THERM",
    "^WEND",
    "+CBM",
    "+CDS",
    "+CDSI",
    "+CEREG",
    "+CGEV",
    "+CGREG",
    "+CIEV",
    "+CLIP",
    "+CMT",
    "+CMTI",
    "+CREG",
    "+CUSD",
    "RING",
];

/// Cuts complete lines, ended by a line feed, from a buffer. Empty ones are dropped, carriage returns taken off.
pub(super) fn take_lines(buffer: &mut Vec<u8>) -> Vec<String> {
    let Some(end) = buffer.iter().rposition(|byte| *byte == b'\n') else { return Vec::new() };
    let complete: Vec<u8> = buffer.drain(..=end).collect();
    split(&complete)
}

/// Takes what is left in the buffer, ended or not.
pub(super) fn take_rest(buffer: &mut Vec<u8>) -> Vec<String> {
    split(&std::mem::take(buffer))
}

fn split(bytes: &[u8]) -> Vec<String> {
    let pieces = bytes.split(|byte| matches!(byte, b'\r' | b'\n'));
    pieces.map(|piece| readable(piece).trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// The final result that a line is, if it is one.
pub(super) fn final_result(line: &str) -> Option<FinalResult> {
    let of = |prefix: &str| line.strip_prefix(prefix).map(|code| code.trim().to_owned());
    match line {
        "OK" => Some(FinalResult::Ok),
        "ERROR" => Some(FinalResult::Error),
        _ => of("+CME ERROR:")
            .map(FinalResult::EquipmentError)
            .or_else(|| of("+CMS ERROR:").map(FinalResult::MessageError)),
    }
}

/// Whether a line is a report that the command did not ask for.
pub(super) fn is_report(line: &str, command: &str) -> bool {
    let name = line.split(':').next().unwrap_or(line).trim_end();
    REPORTS.contains(&name) && !command.to_ascii_uppercase().contains(name)
}
