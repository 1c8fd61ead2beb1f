//! The daemon's list of AT commands. A command is one whole transfer, compared with the list byte by byte.

use super::signature::Announced;
use super::{Daemon, Ground};
use crate::firmware::Kind;
use crate::reaction::Reaction;

const OK: &str = "\r\nOK\r\n";
const ERROR: &str = "\r\nERROR\r\n";

impl Daemon {
    /// Answers one transfer in AT mode. What is not in the list stays unanswered, a plain `AT` too.
    pub(crate) fn at(&mut self, transfer: &[u8], ground: &Ground<'_>) -> Reaction {
        let Some(command) = transfer.strip_suffix(b"\r").map(<[u8]>::to_ascii_uppercase) else {
            return Reaction::silence();
        };
        match command.as_slice() {
            b"ATE0" | b"ATE1" | b"AT+CMEE=0" | b"AT^GODLOAD" => Reaction::answer(OK),
            b"AT^DATAMODE" => self.enter_data_mode(),
            b"AT^DLOADVER?" => informs("2.0"),
            b"AT^AUTHORITYVER?" => informs("1000"),
            b"AT^NVBACKUP" => informs("0"),
            b"AT^AUTHORITYID?" | b"AT^HWNATQRY?" | b"AT^FLASHINFO?" => informs("0"),
            b"AT^DLOADINFO?" => informs(&self.information(ground)),
            other => match other.strip_prefix(b"AT^SIGNVER=") {
                Some(fields) if self.knows_signver => self.announce(fields),
                _ => Reaction::silence(),
            },
        }
    }

    fn enter_data_mode(&mut self) -> Reaction {
        if self.demands_signature && self.knows_signver && self.announced.is_none() {
            return Reaction::answer(ERROR);
        }
        self.data_mode = true;
        Reaction::answer(OK)
    }

    fn announce(&mut self, fields: &[u8]) -> Reaction {
        self.announced = Announced::parse(fields);
        if self.announced.is_some() { informs("0") } else { Reaction::answer(ERROR) }
    }

    fn information(&self, ground: &Ground<'_>) -> String {
        let software = ground.flash.software().unwrap_or("");
        let web_ui = match (ground.flash.kind(), ground.flash.web_ui()) {
            (Kind::HiLink, Some(version)) => format!("WEBUI_{version}_HILINK"),
            (_, Some(version)) => format!("WEBUI_{version}"),
            (_, None) => String::new(),
        };
        format!("swver:{software}\r\nisover:{web_ui}\r\nproduct name:{}\r\ndload type:0", self.model.device)
    }
}

/// Text in the envelope that every answer with text has.
fn informs(text: &str) -> Reaction {
    Reaction::answer(format!("\r\n{text}\r\n{OK}"))
}
