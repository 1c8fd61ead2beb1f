//! Who runs this program, by `/proc/self/status` and the files of users and groups.

use super::Machine;

/// The user, with the groups that this very process has: somebody who was added to a group has it after the next login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The effective user id; `None` where the system does not tell.
    pub id: Option<u32>,
    /// The effective group and all others.
    pub groups: Vec<u32>,
    /// The login name, else the number.
    pub name: String,
}

impl User {
    pub fn this(machine: &Machine) -> Self {
        let status = machine.text("/proc/self/status").unwrap_or_default();
        // Of the four numbers behind `Uid:` and `Gid:` the second one is the effective one.
        let effective = |field| numbers(&status, field).get(1).copied();
        let id = effective("Uid:");
        let mut groups = numbers(&status, "Groups:");
        groups.extend(effective("Gid:"));
        let passwd = machine.text("/etc/passwd").unwrap_or_default();
        let entry = |line: &str| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)?.parse::<u32>().ok() == id).then(|| name.to_owned())
        };
        let name = id.and_then(|id| passwd.lines().find_map(entry).or_else(|| Some(id.to_string())));
        Self { id, groups, name: name.unwrap_or_else(|| "USER".to_owned()) }
    }

    pub fn is_root(&self) -> bool {
        self.id == Some(0)
    }
}

/// A group as `/etc/group` has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub id: u32,
    pub members: Vec<String>,
}

impl Group {
    pub fn named(machine: &Machine, name: &str) -> Option<Self> {
        let text = machine.text("/etc/group")?;
        let entry = |line: &str| {
            let mut fields = line.split(':');
            if fields.next()? != name {
                return None;
            }
            let id = fields.nth(1)?.parse().ok()?;
            let members = fields.next().unwrap_or_default().split(',').filter(|member| !member.is_empty());
            Some(Self { id, members: members.map(str::to_owned).collect() })
        };
        text.lines().find_map(entry)
    }
}

fn numbers(status: &str, field: &str) -> Vec<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap_or_default();
    line.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}
