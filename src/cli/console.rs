//! Everything that leaves the program: text or JSON lines on standard output, bars and prompts on standard error.

use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget};
use serde_json::{Value, json};

use super::problem::{Commands, Problem};
use super::screen::Screen;
use super::{Answers, Input, Streams};
use crate::convert::Confirmation;
use crate::protocol::Interrupt;

/// How things are shown.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// One JSON object a line on standard output.
    pub json: bool,
    /// Whether bars can be drawn.
    pub terminal: bool,
}

/// The streams, and the one bar that may be drawn at a time.
///
/// A stream that can no longer be written to is given up without a word: a closed pipe must not harm a flash.
pub struct Console<'a> {
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    answers: Option<Answers>,
    input: Input,
    style: Style,
    screen: Option<Screen>,
    commands: Commands,
    bar: Option<ProgressBar>,
    out_closed: bool,
    out_lost: bool,
}

impl<'a> Console<'a> {
    pub fn new(streams: Streams<'a>, style: Style, given: &[OsString]) -> Self {
        let Streams { out, err, answers, input, screen, .. } = streams;
        Self {
            out,
            err,
            answers,
            input,
            style,
            screen,
            commands: Commands { again: command_line(given), recovery: None },
            bar: None,
            out_closed: false,
            out_lost: false,
        }
    }

    pub fn terminal(&self) -> bool {
        self.style.terminal
    }

    /// What results are drawn on.
    pub fn screen(&self) -> Option<Screen> {
        self.screen
    }

    pub fn json(&self) -> bool {
        self.style.json
    }

    /// Standard input, for the command that reads it. It is there once.
    pub fn take_input(&mut self) -> Input {
        std::mem::take(&mut self.input)
    }

    /// One event, in JSON mode only.
    pub fn event(&mut self, event: &str, fields: Value) {
        if !self.style.json {
            return;
        }
        let mut object = json!({ "schema": 1, "event": event });
        if let (Value::Object(object), Value::Object(fields)) = (&mut object, fields) {
            object.extend(fields);
        }
        self.raw(&format!("{object}\n"));
    }

    /// A line of the result, in text mode only.
    pub fn line(&mut self, text: &str) {
        if !self.style.json {
            self.raw(&format!("{text}\n"));
        }
    }

    /// A line for the person in front of the stick: with the results in text mode, on standard error in JSON mode.
    pub fn tell(&mut self, text: &str) {
        if self.style.json { self.raw_error(&format!("{text}\n")) } else { self.line(text) }
    }

    /// Text on standard output as it is.
    pub fn raw(&mut self, text: &str) {
        self.raw_bytes(text.as_bytes());
    }

    /// Bytes on standard output as they are.
    pub fn raw_bytes(&mut self, bytes: &[u8]) {
        let Self { out, bar, out_closed, out_lost, .. } = self;
        if *out_closed {
            return;
        }
        let written = aside(bar.as_ref(), || out.write_all(bytes).and_then(|()| out.flush()));
        if let Err(error) = written {
            *out_closed = true;
            *out_lost = error.kind() != ErrorKind::BrokenPipe;
            tracing::debug!("standard output is closed; nothing more is written to it");
        }
    }

    /// A line on standard error that is beside the result, in text mode only.
    pub fn aside(&mut self, text: &str) {
        if !self.style.json {
            self.raw_error(&format!("{text}\n"));
        }
    }

    /// Text on standard error as it is.
    pub fn raw_error(&mut self, text: &str) {
        let Self { err, bar, .. } = self;
        // Nobody is left to be told when standard error itself is closed.
        drop(aside(bar.as_ref(), || err.write_all(text.as_bytes()).and_then(|()| err.flush())));
    }

    /// A bar on the terminal; on anything else a bar that is never drawn.
    pub fn bar(&mut self, bar: ProgressBar) -> &ProgressBar {
        let target = if self.style.terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        bar.set_draw_target(target);
        self.clear_bar();
        self.bar.insert(bar)
    }

    /// Moves the bar.
    pub fn set_position(&self, position: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(position);
        }
    }

    /// Changes the bar's text.
    pub fn set_message(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(text.to_owned());
        }
    }

    /// Shows that the program is alive while it waits.
    pub fn spin(&mut self, text: &str) {
        if self.bar.is_none() {
            self.bar(ProgressBar::new_spinner());
        }
        if let Some(bar) = &self.bar {
            bar.set_message(text.to_owned());
            bar.tick();
        }
    }

    /// Takes the bar away. Nothing here may panic while another panic unwinds: that would end the process with its lock
    /// and its claimed interface.
    pub fn clear_bar(&mut self) {
        let Some(bar) = self.bar.take() else { return };
        if std::thread::panicking() {
            // indicatif panics on a bar that a panic left locked, when it is cleared and when it is dropped.
            drop(catch_unwind(AssertUnwindSafe(|| bar.finish_and_clear())));
            std::mem::forget(bar);
        } else {
            bar.finish_and_clear();
        }
    }

    /// Names the command that finishes a half-written flash from any mode, where that is not the one that was given.
    pub fn recover_with(&mut self, command: String) {
        self.commands.recovery = Some(command);
    }

    /// Whether nothing can be written to standard output any more.
    pub fn output_is_closed(&self) -> bool {
        self.out_closed
    }

    /// Whether output was lost for another reason than that nobody reads it any more.
    pub fn lost_output(&self) -> bool {
        self.out_lost
    }

    /// Whether somebody can be asked.
    pub fn can_ask(&self) -> bool {
        self.answers.is_some() && self.style.terminal
    }

    /// Asks a question that is answered with yes or no; anything but a clear yes is no.
    ///
    /// The answer is read on a thread of its own, because a read cannot be interrupted, and somebody who types Ctrl-C at
    /// a question should not have to type Enter as well.
    pub fn ask(&mut self, question: &str, interrupt: &Interrupt) -> Confirmation {
        let Some(mut answers) = self.answers.take() else { return Confirmation::NobodyToAsk };
        self.raw_error(&format!("{question} [y/N] "));
        let (sender, receiver) = mpsc::channel();
        let reading = std::thread::spawn(move || {
            let mut answer = String::new();
            let read = answers.read_line(&mut answer).map(|_| answer);
            // Nobody waits for the answer any more after an interrupt.
            drop(sender.send((read, answers)));
        });
        loop {
            match receiver.recv_timeout(Duration::from_millis(50)) {
                Ok((read, answers)) => {
                    self.answers = Some(answers);
                    drop(reading.join());
                    return self.understand(&read.unwrap_or_default());
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => return Confirmation::No,
                Err(mpsc::RecvTimeoutError::Timeout) if interrupt.requested() => {
                    self.raw_error("\n");
                    return Confirmation::Interrupted;
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn understand(&mut self, answer: &str) -> Confirmation {
        if !answer.ends_with('\n') {
            self.raw_error("\n");
        }
        match answer.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => Confirmation::Yes,
            _ => Confirmation::No,
        }
    }

    /// Shows what went wrong and what to do next, and returns the exit status.
    pub fn problem(&mut self, problem: &Problem) -> u8 {
        self.clear_bar();
        let failure = &problem.failure;
        let next = problem.next(&self.commands);
        let exit = failure.exit();
        self.event(
            "error",
            json!({
                "port": failure.port.as_ref().map(ToString::to_string),
                "code": failure.code(),
                "exit": exit,
                "state": failure.state.word(),
                "stage": failure.stage.map(|stage| stage.word()),
                "message": failure.message(),
                "next": next,
            }),
        );
        if !self.style.json {
            let place = failure.port.as_ref().map(|port| format!("{port}: ")).unwrap_or_default();
            let text = format!("error: {place}{}\n\n{next}\n", failure.message());
            self.raw_error(&text);
        }
        exit
    }
}

/// Does something beside a bar, so that the two do not write into each other.
fn aside<T>(bar: Option<&ProgressBar>, write: impl FnOnce() -> T) -> T {
    match bar {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// The command line as it can be typed again.
fn command_line(given: &[OsString]) -> String {
    let quote = |argument: &OsString| {
        let text = argument.to_string_lossy();
        let plain = |character: char| character.is_ascii_alphanumeric() || "-_./=@:,+%".contains(character);
        if !text.is_empty() && text.chars().all(plain) {
            text.into_owned()
        } else {
            format!("'{}'", text.replace('\'', r"'\''"))
        }
    };
    let mut words: Vec<_> = given.iter().map(quote).collect();
    if let Some(program) = words.first_mut() {
        "balong".clone_into(program);
    }
    words.join(" ")
}
