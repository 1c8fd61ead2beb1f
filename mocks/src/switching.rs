//! What a command to a mass storage interface means for the composition: the decisions of Huawei's published gadget source.
//!
//! | firmware | message | leads to |
//! |---|---|---|
//! | any | system 30 (a gateway), profile 0 | 1001 |
//! | any | system 30, profile 1 | 155e |
//! | HiLink | green mode 1 | the working composition |
//! | HiLink that is still open | system 00 (Windows), green mode 0 | 1442, the download daemon |
//! | HiLink | any other | nothing |
//! | stick | any other | the working composition |
//!
//! The working composition is 14dc, or 14db without a card reader, or 1566 where `AT^U2DIAG` says so; with stick firmware
//! it is 1506. A device that is known by its switch alone obeys that and nothing else.

use crate::composition::Shape;
use crate::firmware::Kind;
use crate::known::KnownDevice;
use crate::mass_storage::Command;
use crate::reaction::Next;

/// SCSI commands by which Huawei's own software for the Mac and for Windows asks older builds to switch.
const SWITCH_FROM_MAC: u8 = 0xbb;
const SWITCH_FROM_WINDOWS: u8 = 0xa2;

/// The system that the message says the host runs.
const WINDOWS: u8 = 0x00;
const GATEWAY: u8 = 0x30;

/// What the decision rests on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CdStage {
    pub(crate) known: Option<&'static KnownDevice>,
    pub(crate) kind: Kind,
    /// Software may still lead the firmware into its download daemon.
    pub(crate) open: bool,
    pub(crate) working: Shape,
    /// No command leads out of the CD: only the vendor request does.
    pub(crate) only_by_request: bool,
    /// The firmware obeys Huawei's older commands as well.
    pub(crate) without_autorun: bool,
}

/// What a command to the virtual CD is.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// A command like that to any drive.
    NoSwitch,
    /// A switching message that is answered and has no effect.
    Ignored,
    /// A switching message that is obeyed.
    Leads(Next),
}

impl CdStage {
    /// Judges one command to the virtual CD.
    pub(crate) fn judge(&self, command: &Command) -> Verdict {
        if let Some(device) = self.known {
            let obeyed = device.obeys(command);
            return if obeyed { Verdict::Leads(Next::Shape(self.working)) } else { Verdict::NoSwitch };
        }
        match command.block[0] {
            SWITCH_FROM_MAC | SWITCH_FROM_WINDOWS if self.without_autorun && !self.only_by_request => {
                Verdict::Leads(Next::Shape(self.working))
            }
            _ if !command.is_switch() => Verdict::NoSwitch,
            _ if self.only_by_request => Verdict::Ignored,
            _ => self.destination(&command.block).map_or(Verdict::Ignored, Verdict::Leads),
        }
    }

    fn destination(&self, block: &[u8; 16]) -> Option<Next> {
        let (system, profile, green) = (block[2], block[7], block[8]);
        match (system, profile, self.kind) {
            (GATEWAY, 0, _) => Some(Next::Shape(Shape::Serial)),
            (GATEWAY, 1, _) => Some(Next::Shape(Shape::SerialAndNetwork)),
            (_, _, Kind::Stick) => Some(Next::Shape(self.working)),
            (_, _, Kind::HiLink) if green == 1 => Some(Next::Shape(self.working)),
            (WINDOWS, _, Kind::HiLink) if green == 0 && self.open => Some(Next::ForcedDownload),
            _ => None,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Ordinary firmware of that kind.
    pub(crate) fn stage(kind: Kind, open: bool) -> CdStage {
        let working = if kind == Kind::HiLink { Shape::HiLink } else { Shape::Stick };
        CdStage { known: None, kind, open, working, only_by_request: false, without_autorun: false }
    }

    fn command(block: &str) -> Command {
        let mut transfer = b"USBC\x12\x34\x56\x78\0\0\0\0\0\0\x11".to_vec();
        let digits = |at: usize| u8::from_str_radix(&block[at..at + 2], 16).expect("digits");
        transfer.extend((0..block.len()).step_by(2).map(digits));
        transfer.resize(31, 0);
        Command::parse(&transfer).expect("a wrapper")
    }

    fn lands(stage: CdStage, block: &str) -> String {
        match stage.judge(&command(block)) {
            Verdict::NoSwitch => "no switch".to_owned(),
            Verdict::Ignored => "ignored".to_owned(),
            Verdict::Leads(Next::Shape(shape)) => format!("{shape:?}"),
            Verdict::Leads(next) => format!("{next:?}"),
        }
    }

    #[test]
    fn each_message_in_the_field_leads_where_users_report() {
        for (block, hilink, open_hilink, stick) in [
            ("11062000000101000100", "HiLink", "HiLink", "Stick"),
            ("11062000000000000100", "HiLink", "HiLink", "Stick"),
            ("11061000000000000100", "HiLink", "HiLink", "Stick"),
            ("11060000000100000100", "HiLink", "HiLink", "Stick"),
            ("11063000000100000000", "Serial", "Serial", "Serial"),
            ("11063000000100010000", "SerialAndNetwork", "SerialAndNetwork", "SerialAndNetwork"),
            ("11063000000000010000", "SerialAndNetwork", "SerialAndNetwork", "SerialAndNetwork"),
            ("11063000000000020100", "HiLink", "HiLink", "Stick"),
            ("11060000000000000000", "ignored", "ForcedDownload", "Stick"),
            ("11062000000100000000", "ignored", "ignored", "Stick"),
            ("11061000000000000000", "ignored", "ignored", "Stick"),
            ("11063000000000020000", "ignored", "ignored", "Stick"),
            ("11060000000000000200", "ignored", "ignored", "Stick"),
            ("11000000000000000100", "no switch", "no switch", "no switch"),
        ] {
            let seen = [(Kind::HiLink, false), (Kind::HiLink, true), (Kind::Stick, false)]
                .map(|(kind, open)| lands(stage(kind, open), block));
            assert_eq!(seen, [hilink, open_hilink, stick], "{block}");
        }
    }

    #[test]
    fn the_older_commands_work_on_builds_without_autorun_only() {
        for block in ["bb", "a2"] {
            let old = CdStage { without_autorun: true, ..stage(Kind::HiLink, false) };
            assert_eq!(
                (lands(old, block), lands(stage(Kind::HiLink, false), block)),
                ("HiLink".into(), "no switch".into())
            );
        }
    }

    #[test]
    fn where_only_the_vendor_request_works_every_message_is_ignored() {
        let stubborn = CdStage { only_by_request: true, without_autorun: true, ..stage(Kind::HiLink, true) };
        assert_eq!(lands(stubborn, "11062000000101000100"), "ignored");
        assert_eq!(lands(stubborn, "11060000000000000000"), "ignored");
        assert_eq!(lands(stubborn, "bb"), "no switch");
    }
}
