//! A problem in something the user wrote, as data: what, where, and what to do about it.

use std::fmt;

use serde::Serialize;

/// One problem, addressed to whoever wrote the playbook, the lead or the payload.
///
/// `message` says what is wrong (lower case, no full stop, user input in backticks), `help` says what to do.
/// Diagnostics are collected: an [`Error`](crate::Error) carries all that were found, not the first only.
///
/// ```
/// let error = ikusei::Playbook::parse("ikusei: 1\nname: demo\nfeilds: {}\n").unwrap_err();
/// let diagnostic = &error.diagnostics()[0];
/// assert_eq!(diagnostic.code.as_str(), "IK0102");
/// assert_eq!(diagnostic.message, "unknown key `feilds`");
/// assert_eq!(diagnostic.span.as_ref().map(|span| (span.line, span.column)), Some((3, 1)));
/// assert_eq!(diagnostic.help.as_deref(), Some("did you mean `fields`?"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Diagnostic {
    /// Stable code; its meaning never changes, so hosts may match on it.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// JSON Pointer to the place in the document or record, such as `/scorecards/overall/rules/0/when`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The place in the text, where the text is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// A replacement for the text under `span` that would solve it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<Suggestion>,
    /// Other places that matter, such as the first of two duplicates.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Related>,
}

/// A stretch of source text. Lines and columns count from 1, columns in characters; `start..end` are bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Span {
    /// The document, where several are merged; absent for the only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Line of the first character, from 1.
    pub line: usize,
    /// Column of the first character, from 1.
    pub column: usize,
}

/// A text to put in place of what the span covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Suggestion {
    /// The replacement.
    pub replace_with: String,
}

/// Another place that belongs to the problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Related {
    /// What is there.
    pub message: String,
    /// JSON Pointer to it.
    pub path: String,
    /// The place in the text, where the text is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
}

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Severity {
    /// The input is refused.
    Error,
    /// The input is accepted, and probably not what was meant.
    Warning,
    /// The input is accepted, may well be meant, and is worth a look.
    Note,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+) => {
        /// Stable diagnostic codes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ #[serde(rename = $text)] $name,)+
        }

        impl Code {
            /// Every code there is, in order.
            pub const ALL: &'static [Code] = &[$(Code::$name,)+];

            /// The code as it is written: `IK0102`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text,)+ }
            }

            /// What the code means, in a line.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$name => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

codes! {
    // The document: syntax and shape.
    /// The text is not well-formed YAML or JSON.
    Syntax = "IK0101",
    /// A key that this place does not take.
    UnknownKey = "IK0102",
    /// The same key twice in one mapping.
    DuplicateKey = "IK0103",
    /// A required key is absent.
    MissingKey = "IK0104",
    /// A value of another kind than this place takes.
    WrongKind = "IK0105",
    /// A word that is not one of the choices.
    UnknownChoice = "IK0106",
    /// The document is larger, deeper or more aliased than the limits allow.
    DocumentLimit = "IK0107",
    /// A document named by `extends` is missing, or extends itself.
    Extends = "IK0108",
    /// A format version that this engine does not read.
    FormatVersion = "IK0109",
    /// A scalar that cannot be read: a duration, points, an instant, money.
    BadScalar = "IK0110",

    // Expressions.
    /// The expression is not well-formed.
    ExprSyntax = "IK0201",
    /// A name that nothing declares.
    UnknownName = "IK0202",
    /// Operands or results of the wrong type.
    TypeMismatch = "IK0203",
    /// A function that does not exist.
    UnknownFunction = "IK0204",
    /// A function called with the wrong arguments.
    WrongArguments = "IK0205",
    /// The expression is too long or too deep.
    ExprLimit = "IK0206",
    /// A regular expression that cannot be compiled within its limits.
    BadRegex = "IK0207",
    /// The build in use leaves out a capability that the playbook needs.
    NotInThisBuild = "IK0208",
    /// A part of CEL that the subset leaves out.
    NotInSubset = "IK0209",

    // What the playbook means.
    /// A reference to something that is not declared.
    UnknownReference = "IK0301",
    /// Definitions that refer to each other in a circle.
    Cycle = "IK0302",
    /// Two things of one kind with the same id.
    DuplicateId = "IK0303",
    /// A key that makes sense only beside another, or never beside it.
    KeyCombination = "IK0304",
    /// Something that needs at least one entry has none.
    Empty = "IK0305",
    /// Thresholds or bands that are not in order, so that some can never be reached.
    Order = "IK0306",
    /// A constant outside the values that the field declares.
    ValueNotDeclared = "IK0307",
    /// A matrix that leaves a combination without a rank.
    MatrixGap = "IK0308",
    /// A time zone that does not exist.
    UnknownZone = "IK0309",
    /// A name or id that cannot be used: empty, reserved or with characters that expressions cannot hold.
    BadName = "IK0310",

    // The lead record.
    /// The record is not of the shape of a lead.
    BadRecord = "IK0401",
    /// A field or property whose value is not of the declared type.
    FieldType = "IK0402",
    /// Two different activities with one id.
    ActivityConflict = "IK0403",

    // Evaluation.
    /// Points beyond what can be held exactly.
    PointsOverflow = "IK0501",
    /// An expression failed on this lead: division by zero, overflow, an index out of range.
    ExprFailed = "IK0502",
    /// A condition whose change with time alone cannot be foreseen.
    Unforeseeable = "IK0503",
    /// No rule of the policy takes the lead, and there is no queue: nobody would be accountable.
    NobodyAccountable = "IK0504",

    // Calls.
    /// A call with arguments that it does not take.
    BadCall = "IK0601",
    /// A roster that names what is not there, or that cannot be worked with.
    BadRoster = "IK0602",

    // Capture.
    /// A payload that cannot be read.
    BadPayload = "IK0701",
    /// A part of a payload that its mapping cannot use.
    NotCaptured = "IK0702",
    /// A part of a payload that says nothing of whom it concerns.
    NobodyNamed = "IK0703",

    // Cleansing and identity.
    /// A value that cleansing refuses: it cannot be what its field holds.
    NotCleansed = "IK0721",
    /// Records that cannot be merged, or a merge that cannot be undone.
    NotMerged = "IK0722",

    // Nurturing.
    /// An enrolment whose version or step the playbook has no more: it waits.
    Stranded = "IK0801",

    // Templates.
    /// A template that is not well-formed.
    TemplateSyntax = "IK0821",
    /// A merge field, a filter or a test of a template that nothing declares.
    UnknownMergeField = "IK0822",
    /// A merge field in a place of the HTML where no value is safe.
    UnsafePlace = "IK0823",
    /// Marketing mail without a link to unsubscribe.
    NoUnsubscribe = "IK0824",
    /// A value is missing that a message needs.
    MissingValue = "IK0825",
    /// A template, or a message made of it, that is larger than the limits allow.
    MessageLimit = "IK0826",
    /// A filter of a template on something that it does not take.
    BadFilter = "IK0827",

    // Lint: what a playbook says and probably does not mean.
    /// A condition that holds for no lead.
    NeverTrue = "IK0901",
    /// A condition that holds for every lead.
    AlwaysTrue = "IK0902",
    /// A rank, a grade or a level that no lead reaches.
    UnreachableRank = "IK0903",
    /// A limit that never binds.
    IdleLimit = "IK0904",
    /// A decay that its rule's window ends before it has done its work.
    DecayBeyondWindow = "IK0905",
    /// Two rules that count the same thing.
    DoubleCount = "IK0906",
    /// A field that nothing looks at.
    UnusedField = "IK0907",
    /// Two segments that always have the same members.
    SameSegment = "IK0908",
    /// A margin that keeps a lead in its rank through the whole of the next.
    WideMargin = "IK0909",
    /// A negation that leads match by having nothing in a field.
    MatchesEmpty = "IK0910",
    /// A condition that asks for two segments that no lead can be in at once.
    DisjointSegments = "IK0911",
    /// A rule that gives no points to any lead.
    DeadRule = "IK0912",
    /// Something that never decides: what stands before it always does.
    Shadowed = "IK0913",
    /// A step of a scenario that no lead comes to.
    UnreachableStep = "IK0914",
    /// Scenarios that send a lead round and round without a wait.
    LoopWithoutWait = "IK0915",
    /// A wait that goes on when its scenario's or campaign's goal is reached or over.
    WaitOutlivesGoal = "IK0916",
    /// More messages within a time than the contact policy lets through.
    TooManyMessages = "IK0917",
    /// Something in a template that looks like a merge field and is sent as it stands.
    UnmergedField = "IK0918",
    /// A campaign without a budget.
    CampaignWithoutCost = "IK0919",
    /// A message that is not sent to leads whose field is empty, and nobody said so.
    RefusedIfEmpty = "IK0920",

    // Analytics.
    /// A table of which an analysis cannot read a column or a cell.
    BadTable = "IK1001",
    /// A question that these data cannot answer.
    CannotTell = "IK1002",

    // Tables.
    /// A column that a table needs is not there.
    TableColumn = "IK1101",
    /// A column of a type that cannot hold what is asked of it.
    TableType = "IK1102",
}

impl Diagnostic {
    /// A problem that refuses the input.
    #[must_use]
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            path: None,
            span: None,
            help: None,
            suggestion: None,
            related: Vec::new(),
        }
    }

    /// A problem that is reported while the input is accepted.
    #[must_use]
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// Something that is worth a look.
    #[must_use]
    pub fn note(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::error(code, message) }
    }

    /// The same at a JSON Pointer path.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// The same with a place in the text.
    #[must_use]
    pub fn with_span(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// The same with a remedy.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with a replacement for the text under the span, and the help that goes with it.
    #[must_use]
    pub fn did_you_mean(mut self, replacement: Option<impl Into<String>>) -> Self {
        if let Some(replacement) = replacement {
            let replace_with = replacement.into();
            self.help = Some(format!("did you mean `{replace_with}`?"));
            self.suggestion = Some(Suggestion { replace_with });
        }
        self
    }

    /// The same with another place that matters.
    #[must_use]
    pub fn with_related(mut self, message: impl Into<String>, path: impl Into<String>) -> Self {
        self.related.push(Related { message: message.into(), path: path.into(), span: None });
        self
    }
}

impl fmt::Display for Diagnostic {
    /// One line: `line 3, column 1: unknown key `feilds` (IK0102); did you mean `fields`?`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(span) = &self.span {
            if let Some(file) = &span.file {
                write!(f, "{file}, ")?;
            }
            write!(f, "line {}, column {}: ", span.line, span.column)?;
        } else if let Some(path) = &self.path
            && !path.is_empty()
        {
            write!(f, "{path}: ")?;
        }
        write!(f, "{} ({})", self.message, self.code)?;
        if let Some(help) = &self.help {
            write!(f, "; {help}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Escapes a name for a JSON Pointer (RFC 6901).
pub(crate) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Code {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Code".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^IK[0-9]{4}$", "description": "a stable code, such as `IK0102`" })
    }
}
