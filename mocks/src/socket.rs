//! A Unix socket that serves connections on a thread of its own, and can be ended while it waits.

use std::fs;
use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// What serves one connection; it returns when that connection is over.
pub(crate) type Serve = Box<dyn FnMut(&UnixStream) + Send>;

/// A listening socket. Its file and its thread are gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Socket {
    path: PathBuf,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    listener: UnixListener,
    stop: AtomicBool,
    /// The connection that is being served, to be cut at the end.
    current: Mutex<Option<UnixStream>>,
}

impl Socket {
    /// Listens at a path, and serves one connection after another. A socket that a dead process left there is replaced.
    pub(crate) fn listen(path: &Path, name: &str, mut serve: Serve) -> io::Result<Self> {
        remove_stale(path)?;
        let listener = UnixListener::bind(path)?;
        let shared = Arc::new(Shared { listener, stop: AtomicBool::new(false), current: Mutex::new(None) });
        let theirs = Arc::clone(&shared);
        let run = move || theirs.run(&mut serve);
        let thread = thread::Builder::new().name(name.to_owned()).spawn(run)?;
        Ok(Self { path: path.to_owned(), shared, thread: Some(thread) })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a connection is being served.
    pub(crate) fn is_connected(&self) -> bool {
        self.shared.current().is_some()
    }
}

/// Only a socket that nobody answers at is removed, never a file.
fn remove_stale(path: &Path) -> io::Result<()> {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    let refused = |error: &io::Error| error.kind() == ErrorKind::ConnectionRefused;
    if is_socket && UnixStream::connect(path).as_ref().is_err_and(refused) {
        fs::remove_file(path)?;
    }
    Ok(())
}

impl Shared {
    fn run(&self, serve: &mut Serve) {
        while !self.stop.load(Ordering::SeqCst) {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                // A connection that broke before it was accepted concerns nobody.
                Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => continue,
                // Ended, or the system has nothing left to accept with: trying again at once would only burn time.
                Err(_) => return,
            };
            *self.current() = stream.try_clone().ok();
            // Looked at again: an end that came in between found no connection to cut.
            if !self.stop.load(Ordering::SeqCst) {
                serve(&stream);
            }
            *self.current() = None;
        }
    }

    fn current(&self) -> MutexGuard<'_, Option<UnixStream>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes a thread that waits for a connection: a listening socket that is shut down accepts nothing more.
    fn close(&self) -> io::Result<()> {
        UnixStream::from(OwnedFd::from(self.listener.try_clone()?)).shutdown(Shutdown::Both)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        if let Some(stream) = self.shared.current().take() {
            // Only fails when the other side hung up already, which ends the wait as well.
            let _ = stream.shutdown(Shutdown::Both);
        }
        // Where a listening socket cannot be shut down, a connection wakes the thread as well.
        let woken = self.shared.close().is_ok() || UnixStream::connect(&self.path).is_ok();
        // Somebody may have removed it already; then there is nothing left to do.
        let _ = fs::remove_file(&self.path);
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            // A panic was reported on that thread; a second one here would abort the program.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    #[test]
    fn a_socket_serves_and_is_gone_with_its_file_when_it_is_dropped() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("socket");
        let serve = |mut stream: &UnixStream| stream.write_all(b"hello").expect("a peer that listens");
        let socket = Socket::listen(&path, "test", Box::new(serve)).expect("a socket");
        let mut text = String::new();
        UnixStream::connect(&path).and_then(|mut stream| stream.read_to_string(&mut text)).expect("an answer");
        assert_eq!(text, "hello");
        drop(socket);
        assert!(!path.exists());
    }

    #[test]
    fn a_connection_that_never_ends_does_not_hold_up_the_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("socket");
        let serve = |mut stream: &UnixStream| assert_eq!(stream.read(&mut [0; 8]).ok(), Some(0));
        let socket = Socket::listen(&path, "test", Box::new(serve)).expect("a socket");
        let silent = UnixStream::connect(&path).expect("a connection");
        drop(socket);
        drop(silent);
    }

    #[test]
    fn a_socket_of_a_dead_process_is_replaced_and_a_file_or_a_living_one_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let (stale, file) = (folder.path().join("stale"), folder.path().join("file"));
        drop(UnixListener::bind(&stale).expect("a socket"));
        fs::write(&file, "precious").expect("a file");
        let listen = |path: &Path| Socket::listen(path, "test", Box::new(|_| {}));
        let living = listen(&stale).expect("the place of a dead one");
        assert!(listen(&stale).is_err() && listen(&file).is_err());
        assert_eq!((fs::read(&file).expect("the file"), living.path()), (b"precious".to_vec(), stale.as_path()));
    }
}
