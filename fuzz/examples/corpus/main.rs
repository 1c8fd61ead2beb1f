//! Writes the seeds of the fuzz targets: small files from the generator of samples, none of it anybody's code.
//!
//! `cargo run --example corpus` in `fuzz/` writes them into `seeds/`, a folder a target. The same recipes give the same bytes, so
//! that nothing changes where nothing was changed. Files of other names are left alone: findings are kept beside them.

mod containers;
mod loaders;
mod names;
mod streams;
mod tables;

use std::error::Error;
use std::fs;
use std::path::Path;

use balong_mocks::samples::RecipeError;

/// A file name and its bytes.
type Seeds = Vec<(String, Vec<u8>)>;

fn main() -> Result<(), Box<dyn Error>> {
    let seeds: [(&str, Result<Seeds, RecipeError>); 6] = [
        ("loader", loaders::seeds()),
        ("partition_table", tables::seeds()),
        ("firmware", containers::seeds()),
        ("decompression", streams::seeds()),
        ("trailer", streams::trailers()),
        ("directory_names", Ok(names::seeds())),
    ];
    for (target, seeds) in seeds {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
        fs::create_dir_all(&folder)?;
        let seeds = seeds?;
        let total: usize = seeds.iter().map(|(_, bytes)| bytes.len()).sum();
        println!("{}: {} files, {total} bytes", folder.display(), seeds.len());
        for (name, bytes) in seeds {
            fs::write(folder.join(name), bytes)?;
        }
    }
    Ok(())
}
