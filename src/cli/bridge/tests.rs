use super::*;

#[test]
fn an_address_may_come_without_a_port_number_and_a_name_is_none() {
    for (text, address) in [
        ("127.0.0.1", "127.0.0.1:2217"),
        ("0.0.0.0:4000", "0.0.0.0:4000"),
        ("::1", "[::1]:2217"),
        ("[::1]", "[::1]:2217"),
        ("[::1]:0", "[::1]:0"),
    ] {
        assert_eq!(tcp_address(text).map(|found| found.to_string()).as_deref(), Ok(address));
    }
    assert!(tcp_address("localhost").is_err() && tcp_address("").is_err());
}

#[test]
fn a_role_is_a_word_that_is_known_or_such_a_word_with_the_number_of_an_interface() {
    for text in ["modem", "pcui", "diag", "shell", "gps", "serial", "serial-2", "diag-255"] {
        assert_eq!(role(text).as_deref(), Ok(text));
    }
    for text in ["modme", "Modem", "", "serial-", "serial-256", "-1", "network", "storage"] {
        assert!(role(text).expect_err(text).contains("modem, pcui, diag"), "{text}");
    }
}

#[cfg(all(unix, feature = "simulate"))]
mod on_the_simulated_bus {
    use balong_mocks::{Bus, Hand, Mode, Model, Pace, Stick, StickOptions};

    use crate::cli::{Connection, Streams, run};
    use crate::interrupt::Interrupt;
    use crate::port_lock::PortLocks;

    /// Runs the command on a stick in this mode, in a folder with locks. Gives its exit status and what it wrote.
    fn ran(mode: Mode, words: &[&str], locks: &std::path::Path) -> (u8, String, Hand) {
        let bus = Bus::new(Pace::Virtual);
        let model = Model::named("e3372h").expect("a model");
        let stick = Stick::new(model, mode, StickOptions::default()).expect("it has that mode");
        let hand = bus.plug("1-1.4", stick);
        let connection = Connection { locks: PortLocks::in_folder(locks), ..Connection::over(&bus, Vec::new()) };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let streams = Streams {
            out: &mut out,
            err: &mut err,
            answers: None,
            input: crate::cli::Input::Nothing,
            terminal: false,
            screen: None,
        };
        let given = ["balong", "--format", "json", "bridge"].iter().chain(words).map(Into::into);
        let exit = run(given, streams, Some(connection), &Interrupt::new());
        (exit, String::from_utf8_lossy(&out).into_owned(), hand)
    }

    fn was_told_nothing(hand: &Hand) -> bool {
        !hand.transcript().iter().any(|event| matches!(event, balong_mocks::Event::Control { .. }))
    }

    #[test]
    fn a_stick_that_another_process_bridges_is_busy() {
        let folder = tempfile::tempdir().expect("a folder");
        let links = folder.path().join("links");
        let path = "1-1.4".parse().expect("a path");
        let _held = PortLocks::in_folder(folder.path()).take(&path).expect("free");
        let (exit, out, hand) = ran(Mode::Stick, &["--link", &links.to_string_lossy()], folder.path());
        assert!(exit == 4 && out.contains(r#""code":"busy""#), "{exit}: {out}");
        assert!(was_told_nothing(&hand));
        assert_eq!(std::fs::read_dir(&links).expect("the folder").count(), 0, "no link was made");
    }

    #[test]
    fn download_mode_is_never_bridged() {
        let folder = tempfile::tempdir().expect("a folder");
        for mode in [Mode::Download, Mode::BootRom] {
            let (exit, out, hand) = ran(mode, &["--link", &folder.path().to_string_lossy()], folder.path());
            assert!(exit == 6 && out.contains(r#""code":"wrong_mode""#), "{exit}: {out}");
            assert!(out.contains("only checked files go there, so there is no bridge. `balong "), "{out}");
            assert!(!out.contains("it shows no") && !out.contains("switch --to serial"), "{out}");
            assert!(was_told_nothing(&hand));
        }
    }

    #[test]
    fn a_role_that_is_mistyped_is_a_fault_of_the_arguments() {
        let folder = tempfile::tempdir().expect("a folder");
        let (exit, _, hand) = ran(Mode::Stick, &["--role", "modme"], folder.path());
        assert!(exit == 2 && was_told_nothing(&hand), "{exit}");
    }

    #[test]
    fn a_place_that_another_program_has_is_no_reason_to_unplug_the_stick() {
        let folder = tempfile::tempdir().expect("a folder");
        let other = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = other.local_addr().expect("an address").to_string();
        let (exit, out, hand) = ran(Mode::Stick, &["--role", "pcui", "--tcp", &address], folder.path());
        assert!(exit == 1 && was_told_nothing(&hand), "{exit}: {out}");
        assert!(out.contains("Another program is there already") && !out.contains("Unplug"), "{out}");
    }

    #[test]
    fn a_dry_run_names_the_ports_and_makes_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let links = folder.path().join("links");
        let words = ["--dry-run", "--role", "pcui", "--link", &links.to_string_lossy()];
        let (exit, out, hand) = ran(Mode::Stick, &words, folder.path());
        assert!(exit == 0 && out.contains(r#""roles":["pcui"]"#), "{exit}: {out}");
        let link = links.join("balong-1-1.4-pcui").to_string_lossy().into_owned();
        let plan: serde_json::Value = serde_json::from_str(&out).expect("one event");
        let place = serde_json::json!({ "role": "pcui", "interface": 1, "link": link, "address": null });
        assert_eq!(plan["places"], serde_json::json!([place]), "{out}");
        assert!(!links.exists() && was_told_nothing(&hand));
    }

    #[test]
    fn a_dry_run_for_the_network_names_each_address() {
        let folder = tempfile::tempdir().expect("a folder");
        let addresses = |given: &str| {
            let (exit, out, hand) = ran(Mode::Stick, &["--dry-run", "--tcp", given], folder.path());
            assert!(exit == 0 && was_told_nothing(&hand), "{exit}: {out}");
            let plan: serde_json::Value = serde_json::from_str(&out).expect("one event");
            let places = plan["places"].as_array().expect("a list").clone();
            assert!(places.iter().all(|place| place["link"].is_null()), "{out}");
            places.iter().map(|place| place["address"].as_str().expect("text").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(addresses("127.0.0.1:4000"), ["127.0.0.1:4000", "127.0.0.1:4001"]);
        assert_eq!(addresses("127.0.0.1:0"), ["127.0.0.1:0", "127.0.0.1:0"]);
        let (exit, out, _) = ran(Mode::Stick, &["--dry-run", "--tcp", "127.0.0.1:65535"], folder.path());
        assert!(exit == 2 && out.contains("no port number behind 127.0.0.1:65535"), "{exit}: {out}");
    }

    #[test]
    fn what_is_in_the_way_of_a_link_is_left_and_the_way_round_it_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let links = folder.path().join("links");
        std::fs::create_dir(&links).expect("a folder");
        let link = links.join("balong-1-1.4-pcui");
        let words = ["--role", "pcui", "--link", &links.to_string_lossy()];
        let refused = |by: &str| {
            let (exit, out, hand) = ran(Mode::Stick, &words, folder.path());
            assert!(exit == 2 && out.contains(r#""code":"file_exists""#), "{exit}: {out}");
            assert!(out.contains(&*link.to_string_lossy()) && out.contains(by), "{out}");
            assert!(out.contains("Remove it, or name another folder with --link"), "{out}");
            assert!(was_told_nothing(&hand), "{out}");
        };
        std::fs::write(&link, "precious").expect("written");
        refused("something that is no link");
        assert_eq!(std::fs::read(&link).expect("untouched"), b"precious");
        std::fs::remove_file(&link).expect("removed");
        std::os::unix::fs::symlink("/etc/hosts", &link).expect("somebody's");
        refused("/etc/hosts, which is no pty");
    }

    #[test]
    fn a_folder_for_links_that_is_a_file_is_a_fault_of_the_arguments() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        std::fs::write(&file, "precious").expect("written");
        for links in [file.clone(), file.join("below")] {
            let (exit, out, hand) = ran(Mode::Stick, &["--link", &links.to_string_lossy()], folder.path());
            assert!(exit == 2 && out.contains("is no folder") && was_told_nothing(&hand), "{exit}: {out}");
        }
    }
}
