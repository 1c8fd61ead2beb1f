//! Faults as words.

use super::command::Words;
use crate::faults::{Effect, Fault, Moment, Return};
use crate::model::Model;

pub(super) fn parse(words: &mut Words<'_>) -> Result<Fault, String> {
    match words.next("at, return, stale or stall-control")? {
        "at" => {
            let moment = moment(words)?;
            Ok(Fault::At(moment, effect(words)?))
        }
        "return" => Ok(Fault::OnReturn(on_return(words)?)),
        "stale" => {
            let bytes = words.hex("bytes in hex")?;
            Ok(Fault::StaleBytes { bytes, now: words.word("now")? })
        }
        "stall-control" => Ok(Fault::StallControl),
        other => Err(format!("`{}` is no fault: at, return, stale or stall-control", other.escape_default())),
    }
}

fn moment(words: &mut Words<'_>) -> Result<Moment, String> {
    let block = "the number of a block";
    let index = "the index of a partition";
    Ok(match words.next("a moment")? {
        "bootrom-header" => Moment::BootRomHeader { block: words.number(block)? },
        "bootrom-data" => {
            let block = words.number(block)?;
            Moment::BootRomData { block, packet: words.number("the number of a packet")? }
        }
        "bootrom-end" => Moment::BootRomEnd { block: words.number(block)? },
        "command" => Moment::At(words.next("the beginning of an AT command")?.to_owned()),
        "hdlc" => Moment::Hdlc(words.byte("a command code in hex")?),
        "partition-start" => Moment::PartitionStart { partition: words.number(index)? },
        "partition-data" => {
            let partition = words.number(index)?;
            Moment::PartitionData { partition, number: words.number("the number of a block")? }
        }
        "partition-end" => Moment::PartitionEnd { partition: words.number(index)? },
        "switch" => Moment::Switch,
        other => {
            return Err(format!(
                "`{}` is no moment: bootrom-header, bootrom-data, bootrom-end, command, hdlc, partition-start, \
                 partition-data, partition-end or switch",
                other.escape_default()
            ));
        }
    })
}

fn effect(words: &mut Words<'_>) -> Result<Effect, String> {
    Ok(match words.next("an effect")? {
        "unplug-before" => Effect::UnplugBefore,
        "unplug-after" => Effect::UnplugAfter,
        "lose-answer" => Effect::LoseAnswer,
        "delay" => Effect::DelayAnswer(words.duration()?),
        "silence" => Effect::SilenceForGood,
        "stall-out" => Effect::StallOut,
        "stall-in" => Effect::StallIn,
        "garbage" => Effect::Garbage(words.hex("bytes in hex")?),
        "bad-crc" => Effect::BadCrc,
        "split" => Effect::Split(words.number("a number of bytes")?),
        "refuse" => Effect::Refuse(words.byte("a code in hex")?),
        other => {
            return Err(format!(
                "`{}` is no effect: unplug-before, unplug-after, lose-answer, delay, silence, stall-out, stall-in, \
                 garbage, bad-crc, split or refuse",
                other.escape_default()
            ));
        }
    })
}

fn on_return(words: &mut Words<'_>) -> Result<Return, String> {
    Ok(match words.next("a way to return")? {
        "never" => Return::Never,
        "unplugged" => Return::Unplugged,
        "late" => Return::Late(words.duration()?),
        "twice" => Return::Twice,
        "through" => Return::Through(words.parsed("a mode")?),
        "product" => match words.hex("a product id in hex")?[..] {
            [high, low] => Return::WithProductId(u16::from_be_bytes([high, low])),
            _ => return Err("a product id has four hex digits".to_owned()),
        },
        "version" => Return::WithVersion(words.next("a version")?.to_owned()),
        "model" => {
            let name = words.next("a model")?;
            let names = || Model::names().join(", ");
            let unknown = || format!("`{}` is no model: {}, or a known id", name.escape_default(), names());
            Return::AsModel(Model::named(name).ok_or_else(unknown)?)
        }
        "port" => {
            return Err("a virtual machine decides itself which port a stick is in: it cannot return in another".into());
        }
        other => {
            return Err(format!(
                "`{}` is no way to return: never, unplugged, late, twice, through, product, version or model",
                other.escape_default()
            ));
        }
    })
}
