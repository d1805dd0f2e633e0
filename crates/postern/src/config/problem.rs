//! What is wrong with a configuration, shown with its line.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::ops::Range;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// What is wrong, in one line.
    pub(super) title: String,
    /// Where, in octets of the text.
    pub(super) span: Range<usize>,
    /// What stands there.
    pub(super) label: String,
    /// What to do.
    pub(super) help: Option<String>,
}

/// Why a configuration cannot be used: every problem that was found, each with file, line, column
/// and the line itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct ConfigError {
    text: String,
}

impl ConfigError {
    pub(super) fn unreadable(text: String) -> Self {
        Self { text }
    }

    pub(super) fn new(path: &str, source: &str, problems: &[Problem]) -> Self {
        let rendered: Vec<String> = problems
            .iter()
            .map(|problem| problem.render(path, source))
            .collect();
        Self {
            text: rendered.join("\n\n"),
        }
    }
}

impl Problem {
    fn render(&self, path: &str, source: &str) -> String {
        let span = within(&self.span, source);
        let annotation = AnnotationKind::Primary
            .span(span)
            .label(self.label.as_str());
        let snippet = Snippet::source(source).path(path).annotation(annotation);
        let mut group: Group<'_> = Level::ERROR
            .primary_title(self.title.as_str())
            .element(snippet);
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        Renderer::plain().render(&[group])
    }
}

/// A span that lies in the text on character borders, whatever was given.
fn within(span: &Range<usize>, source: &str) -> Range<usize> {
    let end = source.ceil_char_boundary(span.end.min(source.len()));
    let start = source.floor_char_boundary(span.start.min(end));
    start..end
}
