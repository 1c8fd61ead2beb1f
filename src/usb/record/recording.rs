//! The file: blocks in the order in which things happened, each whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pcap_file::pcapng::Block;
use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{InterfaceDescriptionBlock, InterfaceDescriptionOption};
use pcap_file::pcapng::blocks::section_header::{SectionHeaderBlock, SectionHeaderOption};
use pcap_file::{DataLink, Endianness, PcapError};

use super::line::Line;
use super::outcome::Outcome;
use super::urb::{Event, HEADER, IN_PROGRESS, Kind, Place, Urb};
use super::{Call, IDENTITY_DIGITS};

/// Ten to the minus ninth of a second, as `if_tsresol` says it.
const NANOSECONDS: u8 = 9;

/// Where a recording is written to.
pub(super) trait Sink: Write + Send {
    /// Takes back what was written beyond this length.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

impl Sink for File {
    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        self.seek(SeekFrom::Start(length)).map(drop)
    }
}

/// A recording that is being written.
///
/// Each packet is put together in memory and handed to the system whole, at once: whatever ends this process leaves a
/// file that can be read up to there. When the file can no longer be written, the recording ends, with the packets so far;
/// what it records goes on undisturbed.
pub struct Recording {
    began: Duration,
    state: Mutex<State>,
}

struct State {
    /// Puts blocks together; emptied into the sink after each.
    encoder: PcapNgWriter<Vec<u8>>,
    packet: Vec<u8>,
    /// `None` once it can no longer be written.
    sink: Option<Box<dyn Sink>>,
    recorded: Recorded,
    urbs: u64,
    openings: u64,
}

/// What a recording holds so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Size of the file.
    pub bytes: u64,
    /// Packets: two of each transfer, and one of each note.
    pub packets: u64,
    /// Transfers that were begun.
    pub transfers: u64,
    /// Why it ended early.
    pub cut_short: Option<String>,
}

impl Recording {
    /// Makes a new file, readable by its owner alone, and begins a recording in it. `backend` is what the bus rests on.
    ///
    /// # Errors
    ///
    /// The file exists already (it is never overwritten), or cannot be made or written.
    pub fn create(path: &Path, backend: &str) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::begin(Box::new(options.open(path)?), backend, began)
    }

    pub(super) fn begin(sink: Box<dyn Sink>, backend: &str, began: Duration) -> io::Result<Self> {
        let program = concat!("balong ", env!("CARGO_PKG_VERSION"));
        let layout = Line::default().with("layout", 1).with("masked_digits", IDENTITY_DIGITS);
        let section = SectionHeaderBlock {
            endianness: Endianness::Little,
            options: vec![
                SectionHeaderOption::Comment(layout.text().to_owned().into()),
                SectionHeaderOption::OS(std::env::consts::OS.into()),
                SectionHeaderOption::UserApplication(program.into()),
            ],
            ..SectionHeaderBlock::default()
        };
        let mut encoder = PcapNgWriter::with_section_header(Vec::new(), section).map_err(system)?;
        let interface = InterfaceDescriptionBlock {
            linktype: DataLink::USB_LINUX_MMAPPED,
            snaplen: 0,
            options: vec![
                InterfaceDescriptionOption::IfName("usb".into()),
                InterfaceDescriptionOption::IfDescription(format!("{program}, {backend}").into()),
                InterfaceDescriptionOption::IfTsResol(NANOSECONDS),
            ],
        };
        encoder.write_block(&Block::InterfaceDescription(interface)).map_err(system)?;
        let recorded = Recorded::default();
        let mut state = State { encoder, packet: Vec::new(), sink: Some(sink), recorded, urbs: 0, openings: 0 };
        state.pass_on()?;
        Ok(Self { began, state: Mutex::new(state) })
    }

    /// What it holds so far.
    #[must_use]
    pub fn recorded(&self) -> Recorded {
        self.lock().recorded.clone()
    }

    /// The number of the next opening of a port.
    pub(super) fn next_opening(&self) -> u64 {
        let mut state = self.lock();
        state.openings += 1;
        state.openings
    }

    /// Writes a note.
    pub(super) fn note(&self, passed: Duration, place: Place, line: &Line) {
        let (event, kind) = (Event::Completion, Kind::Note);
        let urb = Urb { id: 0, event, kind, place, endpoint: 0, setup: None, status: 0, length: 0 };
        self.lock().packet(self.began + passed, urb, &[], Some(line));
    }

    /// Writes that a transfer is about to be made, and returns its id.
    pub(super) fn submission(&self, passed: Duration, call: &Call<'_>) -> u64 {
        let mut state = self.lock();
        state.urbs += 1;
        let id = state.urbs;
        let urb = Urb {
            id,
            event: Event::Submission,
            kind: call.kind,
            place: call.place,
            endpoint: call.endpoint,
            setup: call.setup,
            status: IN_PROGRESS,
            length: call.length,
        };
        state.packet(self.began + passed, urb, call.data, Some(&call.line));
        if state.sink.is_some() {
            state.recorded.transfers += 1;
        }
        id
    }

    /// Writes how a transfer ended.
    pub(super) fn completion(&self, passed: Duration, id: u64, call: &Call<'_>, outcome: &Outcome) {
        let urb = Urb {
            id,
            event: Event::Completion,
            kind: call.kind,
            place: call.place,
            endpoint: call.endpoint,
            setup: None,
            status: outcome.status,
            length: outcome.length,
        };
        self.lock().packet(self.began + passed, urb, &outcome.data, outcome.line.as_ref());
    }

    /// A thread that panicked left whole packets behind, as always.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn packet(&mut self, at: Duration, urb: Urb, data: &[u8], line: Option<&Line>) {
        if self.sink.is_none() {
            return;
        }
        self.packet.clear();
        self.packet.extend_from_slice(&urb.header(at, data.len()));
        self.packet.extend_from_slice(data);
        let options = line.map(|line| EnhancedPacketOption::Comment(line.text().into()));
        let block = EnhancedPacketBlock {
            interface_id: 0,
            timestamp: at,
            original_len: u32::try_from(HEADER + data.len()).unwrap_or(u32::MAX),
            data: (&self.packet).into(),
            options: options.into_iter().collect(),
        };
        let written = self.encoder.write_block(&Block::EnhancedPacket(block)).map_err(system);
        match written.and_then(|_| self.pass_on()) {
            Ok(()) => self.recorded.packets += 1,
            Err(error) => self.stop(&error),
        }
    }

    /// Hands what was put together to the system.
    fn pass_on(&mut self) -> io::Result<()> {
        let block = self.encoder.get_mut();
        if let Some(sink) = &mut self.sink {
            sink.write_all(block)?;
            self.recorded.bytes += block.len() as u64;
        }
        block.clear();
        Ok(())
    }

    fn stop(&mut self, error: &io::Error) {
        tracing::warn!(%error, "the recording cannot be written any more and ends here; what it recorded goes on");
        self.recorded.cut_short = Some(error.to_string());
        let Some(mut sink) = self.sink.take() else { return };
        // Half a packet at the end is what every reader of these files can live with.
        if let Err(error) = sink.cut(self.recorded.bytes) {
            tracing::debug!(%error, "half a packet is left at its end");
        }
    }
}

fn system(error: PcapError) -> io::Error {
    match error {
        PcapError::IoError(error) => error,
        other => io::Error::other(other),
    }
}
