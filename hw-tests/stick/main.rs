//! The real-stick bench: the program on a stick that somebody owns, by hand. `hw-tests/STICK.md` is its page.
//!
//! `BALONG_STICK=1-1.4 cargo test --test stick -- --ignored` looks only. Writing needs `BALONG_MAY_WRITE=1` as well, and
//! the owner's files in `BALONG_LOADER` and `BALONG_FIRMWARE`. Without a stick the same tests are rehearsed on a virtual
//! one, inside a guest.

#[cfg(target_os = "linux")]
mod owner;

#[cfg(target_os = "linux")]
mod bench {
    use std::env;
    use std::sync::Arc;

    use balong_mocks::Mode;
    use hw_tests::guest::Program;
    use hw_tests::images::{images, text};
    use hw_tests::scenarios::assert_flash_holds;
    use hw_tests::sticks_in_guest::SticksInGuest;
    use libtest_mimic::{Arguments, Completion, Failed, Trial};

    use super::owner::Owner;

    const BACKENDS: &[&str] = &[
        #[cfg(feature = "nusb")]
        "nusb",
        #[cfg(feature = "libusb")]
        "libusb",
    ];

    /// One test: `Ok` where it was shown, the reason where the owner does not allow it.
    type Check = fn(&Owner) -> Result<(), String>;

    const CHECKS: [(&str, Check); 5] = [
        ("every_backend_lists_the_same_stick", every_backend_lists_the_same_stick),
        ("info_asks_and_gives_every_driver_back", info_asks_and_gives_every_driver_back),
        ("a_dry_run_plans_and_leaves_the_stick_as_it_is", a_dry_run_plans_and_leaves_the_stick_as_it_is),
        ("convert_writes_and_reads_the_version_back", convert_writes_and_reads_the_version_back),
        ("the_same_command_finishes_what_was_interrupted", the_same_command_finishes_what_was_interrupted),
    ];

    fn every_backend_lists_the_same_stick(owner: &Owner) -> Result<(), String> {
        let listed: Vec<_> = BACKENDS.iter().map(|backend| owner.listed(backend)).collect();
        assert!(listed.windows(2).all(|pair| pair[0] == pair[1]), "the backends differ: {listed:?}");
        Ok(())
    }

    fn info_asks_and_gives_every_driver_back(owner: &Owner) -> Result<(), String> {
        for backend in BACKENDS {
            let before = owner.listed(backend);
            let ran = owner.balong(backend, &["info"]).expect_exit(0);
            assert_eq!(ran.only("info")["mode"], before["mode"], "{ran}");
            assert_eq!(owner.listed(backend)["interfaces"], before["interfaces"], "every driver must be back");
        }
        Ok(())
    }

    fn a_dry_run_plans_and_leaves_the_stick_as_it_is(owner: &Owner) -> Result<(), String> {
        let files = owner.files()?;
        let job: Vec<_> = files.job().into_iter().chain(["--dry-run"]).collect();
        for backend in BACKENDS {
            let before = owner.listed(backend);
            let ran = owner.balong(backend, &job).expect_exit(0);
            assert_eq!(ran.only("result")["outcome"], "planned", "{ran}");
            assert_eq!(owner.listed(backend), before, "the stick must be as it was");
        }
        Ok(())
    }

    fn convert_writes_and_reads_the_version_back(owner: &Owner) -> Result<(), String> {
        let files = owner.files_to_write()?;
        let job: Vec<_> = files.job().into_iter().chain(["--yes"]).collect();
        let backend = BACKENDS.first().ok_or("this build has no backend")?;
        let ran = owner.balong(backend, &job).expect_exit(0);
        assert_eq!(ran.only("result")["state"], "written", "{ran}");
        Ok(())
    }

    /// Stopped between two frames, past a quarter of a partition, then once more, over each backend.
    fn the_same_command_finishes_what_was_interrupted(owner: &Owner) -> Result<(), String> {
        let files = owner.files_to_write()?;
        let job: Vec<_> = files.job().into_iter().chain(["--yes"]).collect();
        for backend in BACKENDS {
            let mut stopped = false;
            let ran = owner.balong_watched(backend, &job, &mut |line, process| {
                let event: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
                let flashing = event["event"] == "progress" && event["stage"] == "flash";
                let is_late = event["sent"].as_u64() > event["total"].as_u64().map(|total| total / 4);
                if flashing && is_late && !std::mem::replace(&mut stopped, true) {
                    let asked = std::process::Command::new("kill").args(["-INT", &process.to_string()]).status();
                    assert!(asked.is_ok_and(|status| status.success()), "the program cannot be interrupted");
                }
            });
            let ran = ran.expect_exit(130);
            assert_eq!(ran.only("error")["state"], "partly_written", "{ran}");
            let ran = owner.balong(backend, &job).expect_exit(0);
            assert_eq!(ran.only("result")["state"], "written", "{ran}");
        }
        Ok(())
    }

    /// These very tests on a virtual stick in download mode, inside a guest.
    fn rehearsal() -> Result<Completion, Failed> {
        if env::var_os("BALONG_STICK").is_some() {
            return Ok(Completion::ignored_with("BALONG_STICK is set, so this is no rehearsal"));
        }
        let mut sticks = SticksInGuest::boot(&[], 8, &[("e3372h-open", Mode::Download)]);
        let program = Program::new(env::current_exe()?)
            .arguments(["--ignored", "--nocapture"])
            .environment("BALONG_STICK", "1-1")
            .environment("BALONG_MAY_WRITE", "1")
            .environment("BALONG_LOADER", text(&images().loader.path))
            .environment("BALONG_FIRMWARE", text(&images().stick.path));
        let ran = sticks.run(&program).expect_exit(0);
        let passed = format!("{} passed; 0 failed; 1 ignored", CHECKS.len());
        assert!(ran.out.contains(&passed), "each test was to pass\n{ran}");
        assert_flash_holds(sticks.hand(1), &images().stick.description);
        Ok(Completion::Completed)
    }

    pub fn main() {
        let mut arguments = Arguments::from_args();
        // One stick, one thing at a time, in order.
        arguments.test_threads = Some(1);
        if !arguments.ignored && !arguments.include_ignored {
            println!("ignored unless asked for: these need a stick (hw-tests/STICK.md), or QEMU for a rehearsal");
        }
        let owner = Arc::new(Owner::here());
        let trials = CHECKS.into_iter().map(|(name, check)| {
            let owner = Arc::clone(&owner);
            let run = move || {
                let allowed = match &*owner {
                    Ok(owner) => check(owner),
                    Err(reason) => Err(reason.clone()),
                };
                Ok(allowed.map_or_else(Completion::ignored_with, |()| Completion::Completed))
            };
            Trial::ignorable_test(name, run).with_ignored_flag(true)
        });
        let rehearsal = Trial::ignorable_test("rehearsal_on_a_virtual_stick", rehearsal).with_ignored_flag(true);
        let conclusion = libtest_mimic::run(&arguments, trials.chain([rehearsal]).collect());
        if let Ok(owner) = &*owner {
            println!("What every run said is in {}", owner.folder().display());
        }
        conclusion.exit();
    }
}

#[cfg(target_os = "linux")]
fn main() {
    bench::main();
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("the real-stick bench was written for Linux");
}
