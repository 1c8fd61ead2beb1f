//! Every scenario on a real Linux kernel, over each backend: a named test each.
//!
//! These fetch a kernel and boot it in QEMU, so they run only when they are asked for:
//! `cargo test -p hw-tests --test on_kernel -- --ignored`

#[cfg(target_os = "linux")]
mod suite {
    use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

    use hw_tests::bench::KernelBench;
    use hw_tests::guest::Packages;
    use hw_tests::scenarios::{self, Scenario};
    use libtest_mimic::{Arguments, Completion, Failed, Trial};

    const BACKENDS: &[&str] = &[
        #[cfg(feature = "nusb")]
        "nusb",
        #[cfg(feature = "libusb")]
        "libusb",
    ];

    /// Guests that are up and idle. Each is booted by the first test that finds none.
    #[derive(Clone, Default)]
    struct Pool(Arc<Mutex<Vec<KernelBench>>>);

    impl Pool {
        fn idle(&self) -> MutexGuard<'_, Vec<KernelBench>> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }

        /// Runs a scenario in an idle guest. One that failed takes its guest with it: nobody knows what is left in there.
        fn run(&self, scenario: &Scenario, backend: &'static str) -> Result<Completion, Failed> {
            if let Some(reason) = scenario.need.and_then(KernelBench::lack) {
                return Ok(Completion::ignored_with(reason));
            }
            let idle = self.idle().pop();
            let mut bench = match idle {
                Some(bench) => bench,
                None => match Packages::ready() {
                    Ok(packages) => KernelBench::boot(&packages, env!("CARGO_BIN_EXE_on_kernel"))?,
                    Err(missing) => return Ok(Completion::ignored_with(missing)),
                },
            };
            bench.prepare(backend);
            (scenario.run)(&bench);
            self.idle().push(bench);
            Ok(Completion::Completed)
        }
    }

    pub fn main() {
        let mut arguments = Arguments::from_args();
        // A guest is busy with one thing at a time, and each keeps a core busy under emulation.
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        arguments.test_threads = arguments.test_threads.or(Some(cores.min(4)));
        if !arguments.ignored && !arguments.include_ignored {
            println!(
                "ignored unless asked for: these boot a Linux kernel in QEMU, after fetching it (70 MB), on a Debian with qemu-system-x86 and kmod"
            );
        }
        let pool = Pool::default();
        let all = scenarios::all();
        let pairs = BACKENDS.iter().flat_map(|&backend| all.iter().map(move |scenario| (*scenario, backend)));
        let trials = pairs.map(|(scenario, backend)| {
            let pool = pool.clone();
            let name = format!("{backend}::{}::{}", scenario.area, scenario.name);
            Trial::ignorable_test(name, move || pool.run(&scenario, backend)).with_ignored_flag(true)
        });
        let conclusion = libtest_mimic::run(&arguments, trials.collect());
        // Leaving the process would not end the guests.
        pool.idle().clear();
        conclusion.exit();
    }
}

#[cfg(target_os = "linux")]
fn main() {
    suite::main();
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("the kernel bench needs QEMU on a Linux host");
}
