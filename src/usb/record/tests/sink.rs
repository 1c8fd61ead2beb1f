//! Files in memory, and files that fail.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use super::super::recording::Sink;

/// A file in memory; a clone is the same one.
#[derive(Clone, Default)]
pub struct Memory {
    bytes: Arc<Mutex<Vec<u8>>>,
    room: Option<usize>,
}

impl Memory {
    /// One that takes so many bytes and then no more, like a full disk.
    pub fn that_fills_up_at(room: usize) -> Self {
        Self { room: Some(room), ..Self::default() }
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.bytes.lock().expect("one thread").clone()
    }
}

impl Write for Memory {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let mut bytes = self.bytes.lock().expect("one thread");
        let room = self.room.map_or(buffer.len(), |room| room - bytes.len());
        if room == 0 {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "no space left"));
        }
        let taken = room.min(buffer.len());
        bytes.extend_from_slice(&buffer[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Memory {
    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.bytes.lock().expect("one thread").truncate(usize::try_from(length).expect("it is in memory"));
        Ok(())
    }
}

/// A file that takes some writes, and then neither writes nor anything else.
pub struct Broken(u32);

impl Broken {
    pub fn after(writes: u32) -> Self {
        Self(writes)
    }
}

impl Write for Broken {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(1).ok_or_else(|| io::Error::other("broken"))?;
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Broken {
    fn cut(&mut self, _: u64) -> io::Result<()> {
        Err(io::Error::other("broken"))
    }
}
