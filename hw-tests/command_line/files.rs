//! Loader and firmware files on the real command line.

use hw_tests::images::{images, text};

use crate::{balong, temporary};

#[test]
fn a_map_in_a_pipe_has_eighty_columns_and_no_colour() {
    let temporary = temporary();
    let output = balong(&temporary)
        .args(["loader", "show", text(&images().loader.path), "--map"])
        .env("TERM", "xterm-256color")
        .env("COLUMNS", "200")
        .output()
        .expect("it runs");
    let out = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{out}{}", String::from_utf8_lossy(&output.stderr));
    assert!(!out.contains('\x1b'), "{out}");
    let strip = out.lines().find(|line| line.starts_with("  abcde")).expect("the strip");
    assert_eq!(strip.len(), 78, "{out}");
}

#[test]
fn a_copy_is_written_beside_its_place_and_renamed_and_a_second_one_is_refused() {
    let temporary = temporary();
    let copy = temporary.path().join("copy.bin");
    let patch = || {
        let mut command = balong(&temporary);
        command.args(["loader", "patch", text(&images().loader.path), "-o", text(&copy)]);
        command.output().expect("it runs").status.code()
    };
    assert_eq!((patch(), patch()), (Some(0), Some(2)));
    let names: Vec<_> =
        std::fs::read_dir(temporary.path()).expect("a folder").map(|entry| entry.expect("one").path()).collect();
    assert_eq!(names, [copy]);
}
