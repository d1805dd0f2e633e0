//! The file of defaults, which is a file to start from.

use super::options::{OptionSpec, SECTIONS, Section};

const HEAD: &str = "\
# Every option of Postern with its default. What is left out keeps its default, so a file may be
# as short as a host name and a certificate. Check a file with: postern config check
";

/// A file that sets every option to its default, with a comment on each. It parses to
/// [`Config::default`](super::Config::default).
pub fn defaults_file() -> String {
    let mut file = String::from(HEAD);
    for section in SECTIONS {
        push_section(&mut file, section);
    }
    file
}

fn push_section(file: &mut String, section: &Section) {
    file.push('\n');
    if !section.name.is_empty() {
        file.push_str(&format!("# {}\n[{}]\n", section.about, section.name));
    }
    for (place, option) in section.options.iter().enumerate() {
        if place > 0 {
            file.push('\n');
        }
        push_option(file, option);
    }
}

fn push_option(file: &mut String, option: &OptionSpec) {
    for line in option.about {
        file.push_str(&format!("# {line}\n"));
    }
    file.push_str(&format!("{} = {}\n", option.key, option.default));
}
