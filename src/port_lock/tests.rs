use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};

use super::*;

fn path() -> PortPath {
    "1-1.4".parse().expect("a path")
}

/// A folder, its locks, and the place of the lock of [`path`].
fn place() -> (tempfile::TempDir, PortLocks, PathBuf) {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let locks = PortLocks::in_folder(folder.path());
    let place = folder.path().join("balong-1-1.4.lock");
    (folder, locks, place)
}

#[test]
fn a_second_one_is_refused_by_the_name_of_the_first_until_that_lets_go() {
    let (_folder, locks, _) = place();
    let first = locks.take(&path()).expect("free");
    for _ in 0..2 {
        let error = locks.take(&path()).expect_err("it is held");
        let expected = format!("the stick in port 1-1.4 is in use by process {}", std::process::id());
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
    drop(first);
    assert!(locks.take(&path()).is_ok());
}

#[test]
fn another_port_is_free() {
    let (_folder, locks, _) = place();
    let _held = locks.take(&path()).expect("free");
    assert!(locks.take(&"1-1.3".parse().expect("a path")).is_ok());
}

#[test]
fn whoever_lets_go_in_order_leaves_no_word_and_a_name_that_is_left_tells_of_a_killed_process() {
    let (_folder, locks, place) = place();
    let lock = locks.take(&path()).expect("free");
    assert!(!lock.last_was_killed());
    drop(lock);
    assert_eq!(fs::read(&place).expect("the file stays"), b"");
    assert!(!locks.take(&path()).expect("free").last_was_killed());

    fs::write(&place, "4000000\n").expect("written");
    let lock = locks.take(&path()).expect("a file that was left behind is no obstacle");
    assert!(lock.last_was_killed());
    assert_eq!(fs::read_to_string(&place).expect("readable"), format!("{}\n", std::process::id()));
}

#[test]
fn the_kernel_lets_go_with_the_process_that_is_killed() {
    let (_folder, locks, place) = place();
    let locks_it = "exec 9>\"$1\" && flock -n 9 && echo $$ >&9 && echo locked && exec sleep 600";
    let mut other = Command::new("sh");
    other.args(["-c", locks_it, "sh"]).arg(&place).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut other = other.spawn().expect("a shell");
    let mut said = String::new();
    BufReader::new(other.stdout.take().expect("piped")).read_line(&mut said).expect("readable");
    if said.is_empty() {
        eprintln!("skipped: this machine has no `flock` command");
        other.wait().expect("ended");
        return;
    }
    let error = locks.take(&path()).expect_err("the other process has it").to_string();
    assert!(error.contains(&format!("process {}", other.id())), "{error}");
    other.kill().expect("killed");
    other.wait().expect("ended");
    assert!(locks.take(&path()).expect("free at once").last_was_killed());
}

#[test]
fn a_link_is_not_followed_and_what_it_leads_to_is_untouched() {
    let (folder, locks, place) = place();
    let precious = folder.path().join("precious");
    fs::write(&precious, "as it was").expect("written");
    symlink(&precious, &place).expect("a link");
    assert!(matches!(locks.take(&path()), Err(PortLockError::Unusable { .. })));
    assert_eq!(fs::read_to_string(&precious).expect("readable"), "as it was");
    symlink(folder.path().join("nowhere"), folder.path().join("balong-2-1.lock")).expect("a link");
    assert!(matches!(locks.take(&"2-1".parse().expect("a path")), Err(PortLockError::Unusable { .. })));
    assert!(!folder.path().join("nowhere").exists());
}

#[test]
fn a_second_name_of_another_file_is_refused_and_that_file_is_untouched() {
    let (folder, locks, place) = place();
    let precious = folder.path().join("precious");
    fs::write(&precious, "as it was").expect("written");
    fs::hard_link(&precious, &place).expect("a second name");
    assert!(matches!(locks.take(&path()), Err(PortLockError::Unusable { .. })));
    assert_eq!(fs::read_to_string(&precious).expect("readable"), "as it was");
}

#[test]
fn a_folder_and_a_pipe_in_its_place_are_refused_without_a_wait() {
    let (_folder, locks, place) = place();
    fs::create_dir(&place).expect("made");
    assert!(matches!(locks.take(&path()), Err(PortLockError::Unusable { .. })));
    fs::remove_dir(&place).expect("removed");
    let made = Command::new("mkfifo").arg(&place).status().expect("mkfifo runs");
    assert!(made.success());
    assert!(matches!(locks.take(&path()), Err(PortLockError::Unusable { .. })));
}

#[test]
fn the_file_is_for_every_user_and_one_that_may_only_be_read_locks_as_well() {
    let (_folder, locks, place) = place();
    drop(locks.take(&path()).expect("free"));
    assert_eq!(fs::metadata(&place).expect("there").permissions().mode() & 0o777, 0o666);
    fs::set_permissions(&place, fs::Permissions::from_mode(0o444)).expect("set");
    let _held = locks.take(&path()).expect("free");
    assert!(matches!(locks.take(&path()), Err(PortLockError::Held { .. })));
}

#[test]
fn a_file_that_is_removed_while_it_is_held_does_not_lock_its_successor_out() {
    let (_folder, locks, place) = place();
    let _held = locks.take(&path()).expect("free");
    fs::remove_file(&place).expect("removed");
    let successor = locks.take(&path()).expect("another file is another lock");
    assert!(!successor.last_was_killed());
}

#[test]
fn a_folder_that_is_not_there_is_an_error_that_names_the_file() {
    let locks = PortLocks::in_folder(Path::new("/nonexistent"));
    let error = locks.take(&path()).expect_err("no such folder");
    assert_eq!(error.to_string(), "/nonexistent/balong-1-1.4.lock cannot be locked");
}

#[test]
fn without_locks_everything_is_free() {
    let _first = PortLocks::none().take(&path()).expect("free");
    assert!(PortLocks::none().take(&path()).is_ok());
}

#[test]
fn the_place_of_this_machine_is_for_everybody() {
    if let Some(folder) = PortLocks::of_this_machine().folder {
        assert!(super::file::is_for_everybody(&folder), "{}", folder.display());
    }
}
