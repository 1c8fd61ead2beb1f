//! The answer to `AT^GETPORTMODE`: which function has which number.

/// One function of a composition, by the name that the stick gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFunction {
    /// Such as `pcui`, in lower case.
    pub name: String,
    /// Its number. Functions are counted, not interfaces: an Ethernet function has two interfaces and one number.
    pub index: usize,
}

/// Reads the functions out of an answer such as `TYPE: WCDMA: huawei,,ecm:0,pcui:1,c_shell:2`.
///
/// Everything that is no name with a number behind it is passed over. Two functions of one number make the answer
/// worthless; then there are none.
#[must_use]
pub fn port_mode(lines: &[String]) -> Vec<NamedFunction> {
    let pieces = lines.iter().flat_map(|line| line.split(','));
    let functions: Vec<_> = pieces.filter_map(function).collect();
    let twice = |one: &NamedFunction| functions.iter().filter(|other| other.index == one.index).count() > 1;
    if functions.iter().any(twice) { Vec::new() } else { functions }
}

fn function(piece: &str) -> Option<NamedFunction> {
    let (name, index) = piece.trim().rsplit_once(':')?;
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let index = index.trim().parse().ok()?;
    (!name.is_empty() && name.chars().all(plain)).then(|| NamedFunction { name: name.to_ascii_lowercase(), index })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(line: &str) -> Vec<(String, usize)> {
        port_mode(&[line.to_owned()]).into_iter().map(|function| (function.name, function.index)).collect()
    }

    #[test]
    fn names_and_numbers_are_read_and_what_stands_in_front_is_passed_over() {
        let expected = [("ecm".to_owned(), 0), ("pcui".to_owned(), 1), ("c_shell".to_owned(), 2)];
        assert_eq!(read("TYPE: WCDMA: huawei,,ecm:0,pcui:1,c_shell:2"), expected);
        assert_eq!(read("^GETPORTMODE:TYPE:WCDMA:HUAWEI:12d1:1465,MDM:0,DIAG: 2")[1], ("diag".to_owned(), 2));
    }

    #[test]
    fn two_functions_of_one_number_make_the_answer_worthless() {
        assert!(read("TYPE: WCDMA: huawei,,ecm:0,pcui:0").is_empty());
    }

    proptest! {
        #[test]
        fn any_text_gives_plain_names_with_numbers_of_their_own(line in ".*") {
            let read = port_mode(&[line]);
            let mut numbers: Vec<_> = read.iter().map(|function| function.index).collect();
            numbers.sort_unstable();
            numbers.dedup();
            prop_assert_eq!(numbers.len(), read.len());
            prop_assert!(read.iter().all(|function| function.name.chars().all(|letter| letter.is_ascii_graphic())));
        }
    }
}
