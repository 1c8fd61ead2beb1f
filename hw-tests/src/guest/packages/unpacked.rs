//! What unpacked packages look like.

use std::fs;
use std::io;
use std::path::Path;

use super::Missing;

/// Top-level folders that are links into `usr` on a system with merged folders.
const MERGED: [&str; 4] = ["bin", "sbin", "lib", "lib64"];

/// The kernel's release: the name of its only folder of modules.
pub fn kernel_release(kernel: &Path) -> Result<String, Missing> {
    let modules = kernel.join("lib/modules");
    let entries = fs::read_dir(&modules).map_err(|_| Missing::damaged(kernel, "holds no kernel modules"))?;
    let mut names = entries.filter_map(Result::ok).map(|entry| entry.file_name().to_string_lossy().into_owned());
    match (names.next(), names.next()) {
        (Some(name), None) => Ok(name),
        _ => Err(Missing::damaged(kernel, "does not hold the modules of exactly one kernel")),
    }
}

/// Moves top-level folders into `usr` where this host has links: laid over such a link, a folder would hide all that is
/// behind it, the dynamic loader first.
pub fn follow_merged_folders(package: &Path) -> Result<(), Missing> {
    for name in MERGED {
        let merged = Path::new("/").join(name).is_symlink();
        let folder = package.join(name);
        if merged && folder.is_dir() {
            let place = package.join("usr").join(name);
            let moved = fs::create_dir_all(&place).and_then(|()| merge(&folder, &place));
            moved.map_err(|source| Missing::folder(package, source))?;
        }
    }
    Ok(())
}

fn merge(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        if entry.file_type()?.is_dir() && place.is_dir() {
            merge(&entry.path(), &place)?;
        } else {
            fs::rename(entry.path(), place)?;
        }
    }
    fs::remove_dir(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_equal_names_become_one() {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let path = folder.path();
        for (name, contents) in [("lib/udev/rules.d/60.rules", "a"), ("usr/lib/udev/hwdb.d/20.hwdb", "b")] {
            let file = path.join(name);
            fs::create_dir_all(file.parent().expect("a parent")).expect("created");
            fs::write(file, contents).expect("written");
        }
        merge(&path.join("lib"), &path.join("usr/lib")).expect("merged");
        assert_eq!(fs::read(path.join("usr/lib/udev/rules.d/60.rules")).expect("moved"), b"a");
        assert_eq!(fs::read(path.join("usr/lib/udev/hwdb.d/20.hwdb")).expect("kept"), b"b");
        assert!(!path.join("lib").exists());
    }

    #[test]
    fn a_kernel_has_the_modules_of_one_release() {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let none = kernel_release(folder.path()).expect_err("nothing there").to_string();
        assert!(none.contains("holds no kernel modules"), "{none}");
        fs::create_dir_all(folder.path().join("lib/modules/6.1.0-56-amd64")).expect("created");
        assert_eq!(kernel_release(folder.path()).expect("one"), "6.1.0-56-amd64");
        fs::create_dir_all(folder.path().join("lib/modules/6.1.0-57-amd64")).expect("created");
        assert!(kernel_release(folder.path()).is_err());
    }
}
