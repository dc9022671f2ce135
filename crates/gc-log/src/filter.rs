//! What is logged: by level and target, and more of what happens in some spans.

use std::collections::BTreeMap;
use std::fmt::Debug;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{self, Context};
use tracing_subscriber::registry::LookupSpan;

/// Whatever either part lets through.
#[derive(Debug)]
pub struct Filter {
    /// For everything.
    pub of_all: EnvFilter,
    /// For what happens in some spans.
    pub of_spans: OfSpans,
}

/// Lets more through of what happens in spans with this name and these values of one field. It concerns spans that are there
/// already as well as new ones, which the directives of an [`EnvFilter`] do not.
#[derive(Clone, Debug)]
pub struct OfSpans {
    /// The spans' name. They are of the level INFO or above, and exist whatever the filter for everything says of them.
    pub span: &'static str,
    /// The field that is looked at. It has to be there when the span is made.
    pub field: &'static str,
    /// How much, by the field's value.
    pub levels: BTreeMap<String, LevelFilter>,
    /// How the targets begin whose entries are let through at any of these levels. Those of other targets, such as of libraries that
    /// work within the span, are let through at TRACE alone.
    pub targets: &'static [&'static str],
}

/// The value of the field, at its span.
struct Value(String);

impl OfSpans {
    fn most(&self) -> LevelFilter {
        self.levels.values().copied().max().unwrap_or(LevelFilter::OFF)
    }

    fn is_one(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.name() == self.span
    }

    /// Whether it may let this through, at times.
    fn may_enable(&self, metadata: &Metadata<'_>) -> bool {
        self.is_one(metadata) || self.lets_through(self.most(), metadata)
    }

    /// Whether a span of which so much is wanted lets this through.
    fn lets_through(&self, level: LevelFilter, metadata: &Metadata<'_>) -> bool {
        let is_named = || self.targets.iter().any(|target| metadata.target().starts_with(target));
        *metadata.level() <= level && (level == LevelFilter::TRACE || is_named())
    }

    fn enabled<S>(&self, metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        if self.is_one(metadata) {
            return true;
        }
        if !self.lets_through(self.most(), metadata) {
            return false;
        }
        let level_of = |value: &Value| self.levels.get(&value.0).copied();
        let mut spans = context.lookup_current().into_iter().flat_map(|current| current.scope());
        spans.any(|span| {
            span.extensions()
                .get::<Value>()
                .and_then(level_of)
                .is_some_and(|level| self.lets_through(level, metadata))
        })
    }

    fn on_new_span<S>(&self, attributes: &Attributes<'_>, id: &Id, context: &Context<'_, S>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        if !self.is_one(attributes.metadata()) {
            return;
        }
        let mut found = Found { field: self.field, value: None };
        attributes.record(&mut found);
        if let (Some(span), Some(value)) = (context.span(id), found.value) {
            span.extensions_mut().replace(Value(value));
        }
    }
}

/// Finds a field's value.
struct Found {
    field: &'static str,
    value: Option<String>,
}

impl Visit for Found {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == self.field {
            self.value = Some(value.to_owned());
        }
    }

    /// Also of what is displayed.
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == self.field {
            self.value = Some(format!("{value:?}"));
        }
    }
}

impl<S> layer::Filter<S> for Filter
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn enabled(&self, metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool {
        layer::Filter::enabled(&self.of_all, metadata, context) || self.of_spans.enabled(metadata, context)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        let of_all = layer::Filter::<S>::callsite_enabled(&self.of_all, metadata);
        match of_all.is_never() && self.of_spans.may_enable(metadata) {
            true => Interest::sometimes(),
            false => of_all,
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        // The spans that are looked for are of this level.
        let of_all = layer::Filter::<S>::max_level_hint(&self.of_all)?;
        Some(of_all.max(self.of_spans.most()).max(LevelFilter::INFO))
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        self.of_spans.on_new_span(attributes, id, &context);
        layer::Filter::on_new_span(&self.of_all, attributes, id, context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        layer::Filter::on_record(&self.of_all, id, values, context);
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        layer::Filter::on_enter(&self.of_all, id, context);
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        layer::Filter::on_exit(&self.of_all, id, context);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        layer::Filter::on_close(&self.of_all, id, context);
    }
}
