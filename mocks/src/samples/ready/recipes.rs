//! The recipes of the ready-made sets.

use crate::samples::RecipeError;
use crate::samples::firmware::{Compression, Content, FirmwareRecipe, TrailerRecipe, UnitRecipe};
use crate::samples::loader::LoaderRecipe;
use crate::samples::partition_table::TableRecipe;

const STICK: &str = "21.180.01.00.00";
const HILINK: &str = "22.315.01.00.00";
const E3372S: &str = "21.300.05.00.00";
const WEB_UI: &str = "17.100.13.01.03";
/// The product code of E3372h firmware.
const HS: &str = "BV7R11HS";
/// The product code of the E3372s samples: made up, no real one is known.
const ES: &str = "BV7R2ES";

const ZLIB: Compression = Compression::Zlib;
const LZMA: Compression = Compression::Lzma { dictionary: 1 << 18 };
const KIB: u64 = 1024;

/// Loader for the E3372h.
#[must_use]
pub fn e3372h_loader() -> LoaderRecipe {
    LoaderRecipe::v7r11()
}

/// Loader for the E3372s.
#[must_use]
pub fn e3372s_loader() -> LoaderRecipe {
    LoaderRecipe::v7r2()
}

/// Stick firmware for the E3372h: about 6 MB as flashed, raw, zlib and LZMA mixed, signed.
///
/// # Errors
/// None in practice: the loader's table fits its room.
pub fn e3372h_stick() -> Result<FirmwareRecipe, RecipeError> {
    v7r11_set(STICK, 1, TrailerRecipe::sample(2694))
}

/// HiLink firmware for the E3372h, as the stick firmware.
///
/// # Errors
/// None in practice: the loader's table fits its room.
pub fn e3372h_hilink() -> Result<FirmwareRecipe, RecipeError> {
    v7r11_set(HILINK, 2, TrailerRecipe::sample(2958))
}

/// A full V7R11 set in the usual order.
fn v7r11_set(version: &str, seed: u64, trailer: TrailerRecipe) -> Result<FirmwareRecipe, RecipeError> {
    let kit = Kit { product: HS, version, seed };
    let units = vec![
        kit.unit(0x11_0000, "Fastboot", 190 * KIB).signed(trailer),
        kit.unit(0x20_0000, "M3Boot_R11", 4530),
        kit.table(&TableRecipe::modern("SAMPLE_V7R11"))?,
        kit.unit(0x09_0000, "Kernel_R11", 1100 * KIB),
        kit.unit(0x22_0000, "VxWorks_R11", 1500 * KIB).stored_as(LZMA),
        kit.unit(0x23_0000, "M3Image_R11", 45 * KIB).stored_as(ZLIB),
        kit.unit(0x24_0000, "DSP_R11", 600 * KIB).stored_as(ZLIB),
        kit.unit(0x25_0000, "Nvdload_R11", 330 * KIB),
        kit.unit(0x59_0000, "System", 1400 * KIB).stored_as(LZMA),
        kit.unit(0x5a_0000, "APP", 700 * KIB).stored_as(ZLIB),
    ];
    Ok(FirmwareRecipe::new(9, units))
}

/// Stick firmware for the E3372s, a full V7R2 set, not signed.
///
/// # Errors
/// None in practice: the loader's table fits its room.
pub fn e3372s_stick() -> Result<FirmwareRecipe, RecipeError> {
    let kit = Kit { product: ES, version: E3372S, seed: 3 };
    let units = vec![
        kit.unit(0x11_0000, "Fastboot", 190 * KIB),
        kit.unit(0x02_0000, "M3Boot", 4530),
        kit.table(&TableRecipe::modern("SAMPLE_V7R2"))?,
        kit.unit(0x03_0000, "Kernel", 1000 * KIB),
        kit.unit(0x04_0000, "VxWorks", 1300 * KIB).stored_as(LZMA),
        kit.unit(0x05_0000, "M3Image", 45 * KIB).stored_as(ZLIB),
        kit.unit(0x06_0000, "DSP", 500 * KIB).stored_as(ZLIB),
        kit.unit(0x07_0000, "Nvdload", 300 * KIB),
        kit.unit(0x59_0000, "System", 1200 * KIB).stored_as(LZMA),
        kit.unit(0x5a_0000, "APP", 600 * KIB),
    ];
    Ok(FirmwareRecipe::new(1, units))
}

/// Web UI for the E3372h.
#[must_use]
pub fn e3372h_webui() -> FirmwareRecipe {
    let kit = Kit { product: HS, version: WEB_UI, seed: 4 };
    FirmwareRecipe::new(4, vec![kit.web_ui_version(), kit.unit(0x5b_0000, "WEBUI", 1200 * KIB).stored_as(ZLIB)])
}

/// Web UI and CD image for the E3372h: the version texts of both come first.
#[must_use]
pub fn e3372h_webui_with_iso() -> FirmwareRecipe {
    let kit = Kit { product: HS, version: WEB_UI, seed: 5 };
    let units = vec![
        kit.web_ui_version(),
        kit.text(0x0a_0000, "Oeminfo", "CDROM_23.009.05.00.00"),
        kit.unit(0x5b_0000, "WEBUI", 1200 * KIB).stored_as(ZLIB),
        kit.unit(0x0b_0000, "CDROMISO", 900 * KIB).stored_as(LZMA),
    ];
    FirmwareRecipe::new(6, units)
}

/// A full, signed V7R11 set whose units are a few KiB each: the base of the damaged files.
///
/// # Errors
/// None in practice: the loader's table fits its room.
pub fn miniature() -> Result<FirmwareRecipe, RecipeError> {
    let kit = Kit { product: HS, version: STICK, seed: 6 };
    let units = vec![
        kit.unit(0x11_0000, "Fastboot", 2001).signed(TrailerRecipe::sample(846)),
        kit.unit(0x20_0000, "M3Boot_R11", 1530),
        kit.table(&TableRecipe::modern("SAMPLE_V7R11"))?,
        kit.unit(0x09_0000, "Kernel_R11", 3000),
        kit.unit(0x22_0000, "VxWorks_R11", 5000).stored_as(Compression::Lzma { dictionary: 1 << 16 }),
        kit.unit(0x23_0000, "M3Image_R11", 1111),
        kit.unit(0x24_0000, "DSP_R11", 4000).stored_as(ZLIB),
        kit.unit(0x25_0000, "Nvdload_R11", 2002),
        kit.unit(0x59_0000, "System", 6000).stored_as(Compression::Lzma { dictionary: 1 << 16 }),
        kit.unit(0x5a_0000, "APP", 2503),
    ];
    let units = units.into_iter().map(|unit| UnitRecipe { crc_block: 1024, ..unit }).collect();
    Ok(FirmwareRecipe::new(9, units))
}

/// What the units of one set have in common.
struct Kit<'a> {
    product: &'a str,
    version: &'a str,
    seed: u64,
}

impl Kit<'_> {
    /// A unit of filler whose first line says what it is and states the version.
    fn unit(&self, code: u32, name: &str, size: u64) -> UnitRecipe {
        let label = name.trim_end_matches("_R11").to_uppercase();
        let banner = format!("BALONG SAMPLE {label} version {} - NOT HUAWEI SOFTWARE\n", self.version);
        let seed = self.seed << 32 | u64::from(code);
        self.unit_of(code, name, Content::Filler { banner, size, seed })
    }

    /// The Ptable unit: exactly the table that the loader carries.
    fn table(&self, table: &TableRecipe) -> Result<UnitRecipe, RecipeError> {
        Ok(self.unit_of(0x01_0000, "M3Boot-ptable", Content::Bytes(table.bytes()?)))
    }

    fn web_ui_version(&self) -> UnitRecipe {
        self.text(0x55_0000, "Oeminfo", &format!("WEBUI_{}_HILINK", self.version))
    }

    /// A unit of one version text, behind the line that says it is a sample.
    fn text(&self, code: u32, name: &str, text: &str) -> UnitRecipe {
        let mut bytes = format!("BALONG SAMPLE - NOT HUAWEI SOFTWARE\n{text}\n").into_bytes();
        bytes.resize(128, 0);
        self.unit_of(code, name, Content::Bytes(bytes))
    }

    fn unit_of(&self, code: u32, name: &str, content: Content) -> UnitRecipe {
        UnitRecipe::new(code, name, &format!(":{}:{}", self.product, self.version), content)
    }
}
