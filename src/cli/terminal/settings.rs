//! The settings of the terminal that the program was started on: raw while it is used, as they were in the end.

use crate::failure::Cause;
use crate::interrupt::Interrupt;

#[cfg(unix)]
pub use unix::RawMode;

/// Takes the terminal into raw mode until the returned value is dropped. `None` on systems where that is not known; there
/// it edits lines itself.
pub fn enter(interrupt: &Interrupt) -> Result<Option<RawMode>, Cause> {
    #[cfg(unix)]
    {
        let failed = |source| Cause::System { doing: "changing the settings of the terminal".to_owned(), source };
        RawMode::enter(interrupt).map(Some).map_err(failed)
    }
    #[cfg(not(unix))]
    {
        let _ = interrupt;
        Ok(None)
    }
}

/// How wide the terminal is.
pub fn columns() -> usize {
    #[cfg(unix)]
    if let Some(columns) = unix::columns() {
        return columns;
    }
    80
}

/// There is none here.
#[cfg(not(unix))]
pub struct RawMode;

#[cfg(not(unix))]
impl RawMode {
    pub fn quit_asked(&self) -> bool {
        false
    }
}

#[cfg(unix)]
mod unix {
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use rustix::termios::{
        InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetwinsize, tcsetattr,
    };
    use signal_hook::consts::SIGQUIT;

    use crate::interrupt::{Interrupt, Reaction};

    /// The terminal in raw mode. Dropping it gives the settings back, on the way of a panic too; somebody who insists on
    /// a stop has them given back at once, for the process may be ended before anything is dropped.
    pub struct RawMode {
        before: Termios,
        quit: Arc<AtomicBool>,
        _when_insisted: Reaction,
    }

    impl RawMode {
        pub fn enter(interrupt: &Interrupt) -> io::Result<Self> {
            let before = tcgetattr(io::stdin())?;
            // From here on Ctrl-\ is a key; the signal itself, sent from elsewhere, would leave the terminal as it is.
            let quit = Arc::new(AtomicBool::new(false));
            signal_hook::flag::register(SIGQUIT, Arc::clone(&quit))?;
            let kept = before.clone();
            let raw_mode = Self { before, quit, _when_insisted: interrupt.when_insisted(move || give_back(&kept)) };
            let mut raw = raw_mode.before.clone();
            raw.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG | LocalModes::IEXTEN;
            // Output is still processed, so that what others print is no staircase.
            raw.input_modes -= InputModes::ICRNL | InputModes::INLCR | InputModes::IGNCR | InputModes::IXON;
            raw.special_codes[SpecialCodeIndex::VMIN] = 1;
            raw.special_codes[SpecialCodeIndex::VTIME] = 0;
            tcsetattr(io::stdin(), OptionalActions::Now, &raw)?;
            Ok(raw_mode)
        }

        /// Whether SIGQUIT came.
        pub fn quit_asked(&self) -> bool {
            self.quit.load(Ordering::SeqCst)
        }
    }

    impl Drop for RawMode {
        fn drop(&mut self) {
            give_back(&self.before);
        }
    }

    /// A terminal that was closed has no settings any more.
    fn give_back(before: &Termios) {
        if let Err(error) = tcsetattr(io::stdin(), OptionalActions::Now, before) {
            tracing::debug!(%error, "the terminal's settings could not be given back");
        }
    }

    pub fn columns() -> Option<usize> {
        let size = tcgetwinsize(io::stdout()).ok()?;
        (size.ws_col > 0).then(|| usize::from(size.ws_col))
    }
}
