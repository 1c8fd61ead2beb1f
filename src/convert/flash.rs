//! Every partition, in download mode; and before the first one, the last question who the stick is.

use std::time::Duration;

use super::{Pass, Progress, Run, guard};
use crate::failure::{Cause, FlashState, Stage};
use crate::follow::Verdict;
use crate::image::firmware::{Firmware, Partition};
use crate::image::guard::Subject;
use crate::image::partition_code::PartitionCode;
use crate::protocol::download::{
    AnnounceSignature, Command, DownloadError, EnterDataMode, Hello, Restart, SignatureAnswer, WritePartition, Wrote,
};
use crate::protocol::{DriveError, Session};
use crate::stick::{self, DownloadPort, Identified, Mode};
use crate::usb::Attached;

/// How long the stick may take to return by itself after a new partition table.
const TABLE_RESTART_WITHIN: Duration = Duration::from_secs(60);

impl<'a> Run<'a, '_> {
    /// Writes every partition, and restarts the stick unless it shall stay in download mode.
    pub(super) fn flash(&mut self, mut here: Attached, pass: Pass<'_>) -> Result<Attached, Cause> {
        let firmware = pass.firmware;
        if pass.is_last {
            // It was sent, or will not be: its memory is worth more to the decompression that follows.
            self.loader = None;
        }
        let mut session = self.enter_download(&here, firmware)?;
        let mut after_table = false;
        for (index, partition) in firmware.partitions().iter().enumerate() {
            match self.write(&mut session, firmware, index, partition) {
                Err(Cause::Download(DownloadError::Left { during: Command::Start, .. })) if after_table => {
                    drop(session);
                    self.state = FlashState::PartlyWritten;
                    (session, here) = self.after_new_table(&here, firmware)?;
                    self.write(&mut session, firmware, index, partition)?;
                }
                written => written?,
            }
            after_table = partition.code == PartitionCode::PTABLE;
        }
        self.place = None;
        self.state = if pass.is_last { FlashState::Written } else { FlashState::PartlyWritten };
        if self.rows.contains(&Stage::Return) {
            session.drive(Restart::new())?;
        }
        Ok(here)
    }

    /// Finds the flashing port, asks who the stick is, and goes over to HDLC. Nothing is written by this.
    fn enter_download(&mut self, here: &Attached, firmware: &Firmware) -> Result<Session<'a>, Cause> {
        let DownloadPort { mut session, in_hdlc, info, .. } = stick::download_port(self.host, here)?;
        if let Some(info) = info {
            self.learn(&info);
        }
        if !in_hdlc {
            if let Some(signature) = firmware.signature() {
                let announced = session.drive(AnnounceSignature::new(
                    firmware.image_type().dload_type(),
                    signature.key_hash,
                    signature.length,
                ));
                if announced? == SignatureAnswer::Unknown {
                    self.observer.remark(
                        "this loader does not know AT^SIGNVER; the stick checks the signature when a partition ends",
                    );
                }
            }
            session.drive(EnterDataMode::new())?;
        } else {
            self.observer.remark("the stick is in HDLC mode already, from an earlier run");
        }
        let said = session.drive(Hello::new())?;
        tracing::info!(protocol = said.protocol, product = said.product, "the download daemon");
        let identity = stick::of_download(&said, self.identity.as_ref());
        if self.identity.is_none() {
            self.identity = Some(Identified::of(identity.clone()));
        }
        let subject = Subject { firmware: Some(firmware), stick: Some(&identity), ..Subject::default() };
        let verdict = guard::admit(&subject, &self.overrides)?;
        for note in &verdict.notes {
            self.observer.remark(note);
        }
        Ok(session)
    }

    /// What the download daemon tells of the firmware in the flash: the only source of the old version where the stick
    /// was in its boot ROM.
    fn learn(&mut self, info: &crate::protocol::at::DownloadInfo) {
        if self.from_software.is_none() && matches!(self.state, FlashState::Untouched | FlashState::RunningFromRam) {
            self.from_software.clone_from(&info.software);
        }
    }

    fn write(
        &mut self,
        session: &mut Session<'_>,
        firmware: &Firmware,
        index: usize,
        partition: &Partition,
    ) -> Result<(), Cause> {
        let name = partition.code.to_string();
        let size = u32::try_from(partition.size).map_err(|_| Cause::Usage(format!("{name} is larger than 4 GiB")))?;
        let blocks = firmware.blocks(index)?;
        let before = self.state;
        let path = self.follower.path().clone();
        let observer = &mut *self.observer;
        let progress = |sent| Progress { stage: Stage::Flash, part: &name, sent, total: u64::from(size) };
        observer.progress(&path, &progress(0));
        let report = Box::new(|sent, _total| {
            observer.progress(&path, &progress(sent));
        });
        let mut writing = WritePartition::new(partition.code.0, size, blocks, report).surviving_one_lost_answer();
        tracing::info!(partition = name, size, "writing");
        let ended = session.drive(&mut writing);
        let wrote = match &ended {
            Ok(_) => Wrote::Partly,
            Err(DriveError::Conversation(error)) => error.wrote(),
            Err(DriveError::Usb(_) | DriveError::Interrupted) => writing.wrote(),
        };
        self.place = Some(format!("partition {name}, byte {} of {size}", writing.acknowledged()));
        drop(writing);
        if wrote != Wrote::Nothing {
            self.software = None;
        }
        self.state = match wrote {
            Wrote::Nothing => before,
            Wrote::Partly => FlashState::PartlyWritten,
            Wrote::Unknown => FlashState::Unknown,
        };
        ended?;
        self.observer.part_done(&path, &progress(u64::from(size)));
        Ok(())
    }

    /// A new partition table may make the stick restart by itself (read in the published daemon, not seen on an E3372h).
    /// Of the partition begun meanwhile it accepted nothing, so it is found again, greeted again, and that one repeated.
    fn after_new_table(&mut self, here: &Attached, firmware: &Firmware) -> Result<(Session<'a>, Attached), Cause> {
        self.observer.remark("the stick restarts with its new partition table");
        let back = self.wait_for(here, "in download mode", TABLE_RESTART_WITHIN, &|mode| match mode {
            Mode::Download => Verdict::Arrived,
            mode => Verdict::Refuse(format!("it should be in download mode, not in {mode}")),
        })?;
        let session = self.enter_download(&back, firmware)?;
        Ok((session, back))
    }
}
