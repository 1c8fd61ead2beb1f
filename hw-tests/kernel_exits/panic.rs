//! A panic unwinds, and unwinding gives the driver back.
//!
//! The program has no way to be made to panic, and shall have none. So this very test binary runs in the guest, with the
//! program's entry point, the real backend, and a standard output that panics.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use balong::cli::{self, Input, Streams};
use balong::protocol::Interrupt;
use hw_tests::guest::Program;

use crate::bench::{Bench, flash};

/// Names the arguments of the run that panics, a line each. On the host, where it is not set, a simulated stick stands in.
const ARGUMENTS: &str = "BALONG_ARGUMENTS_OF_A_RUN_THAT_PANICS";

/// Panics when so many lines of progress were written.
struct Panics(u32);

impl Write for Panics {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if String::from_utf8_lossy(bytes).contains("\"progress\"") {
            self.0 = self.0.checked_sub(1).expect("on purpose");
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
#[ignore = "run inside the guest by the others"]
fn the_program_panics_in_the_middle_of_a_partition() {
    let simulated = || [&["--simulate", "e3372h@download", "--format", "json"], &*flash()].concat().join("\n");
    let given = std::env::var(ARGUMENTS).unwrap_or_else(|_| simulated());
    let given = std::iter::once("balong").chain(given.lines()).map(Into::into);
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let streams = Streams {
            out: &mut Panics(60),
            err: &mut io::stderr(),
            answers: None,
            input: Input::Nothing,
            terminal: false,
            screen: None,
        };
        cli::run(given, streams, None, &Interrupt::new())
    }));
    let panic = ended.expect_err("it does not come to its end");
    assert_eq!(panic.downcast_ref::<String>().map(String::as_str), Some("on purpose"));
    println!("it panicked, on purpose");
}

pub fn in_the_middle_of_a_partition(bench: &mut Bench, port: usize) {
    let before = bench.drivers(port);
    assert_eq!(before, ["option"; 3]);
    let path = format!("1-{port}");
    let given = [&["--backend", bench.backend, "--port", &path, "--format", "json"], &*flash()].concat();
    let this = std::env::current_exe().expect("a test binary");
    let name = "panic::the_program_panics_in_the_middle_of_a_partition";
    let program = Program::new(this)
        .arguments(["--ignored", "--exact", name, "--nocapture"])
        .environment(ARGUMENTS, given.join("\n"));
    let ran = bench.run_program(&program).expect_exit(0);
    assert!(ran.out.contains("it panicked, on purpose"), "{ran}");
    assert_eq!(bench.drivers(port), before);
}
