//! `sql`, `python` and `backfill`.

use smol_str::SmolStr;

use super::super::tree::{BackfillLine, BackfillLineKind, Code, Run, RunLine, RunLineKind};
use super::Lowering;
use super::build::keyword;
use super::expression::Position;
use crate::base::TextRange;
use crate::parse::SyntaxError;
use crate::python::eval::object::Item;

/// What tells `sql` and `python` apart.
struct Kind {
    word: &'static str,
    class: &'static str,
    up: &'static str,
    down: &'static str,
    noop: &'static str,
}

const SQL: Kind = Kind {
    word: "sql",
    class: "django.db.migrations.RunSQL",
    up: "sql",
    down: "reverse_sql",
    noop: "django.db.migrations.RunSQL.noop",
};

const PYTHON: Kind = Kind {
    word: "python",
    class: "django.db.migrations.RunPython",
    up: "code",
    down: "reverse_code",
    noop: "django.db.migrations.RunPython.noop",
};

impl Lowering<'_> {
    pub(super) fn run_sql(&mut self, run: &Run, range: TextRange) -> Item {
        self.run(&SQL, run, range)
    }

    pub(super) fn run_python(&mut self, run: &Run, range: TextRange) -> Item {
        self.run(&PYTHON, run, range)
    }

    fn run(&mut self, kind: &Kind, run: &Run, range: TextRange) -> Item {
        let mut keywords: Vec<(SmolStr, Item)> = Vec::new();
        let mut is_broken = false;
        for line in run.lines {
            let (key, item) = match &line.kind {
                RunLineKind::Error => {
                    is_broken = true;
                    continue;
                }
                RunLineKind::Up(code) => (kind.up, self.code(kind, code)),
                RunLineKind::Down(code) => (kind.down, self.code(kind, code)),
                RunLineKind::State(items) => {
                    if kind.word == "python" {
                        self.wrong_line(kind, "state", line);
                        continue;
                    }
                    ("state_operations", self.operations(items, line.range))
                }
                RunLineKind::Hints(value) => ("hints", self.value(value)),
                RunLineKind::Atomic(value) => {
                    if kind.word == "sql" {
                        self.wrong_line(kind, "atomic", line);
                        continue;
                    }
                    ("atomic", self.boolean(*value, line.range))
                }
                RunLineKind::Elidable => ("elidable", self.boolean(true, line.range)),
                RunLineKind::Batch => {
                    self.not_compiled(line.range, "`batch`");
                    continue;
                }
            };
            if keywords.iter().any(|(known, _)| known == key) {
                let word = first_word(key);
                self.mistake(
                    SyntaxError::new(line.range, format!("`{word}` stands twice"))
                        .with_label("the second time")
                        .with_help("keep one of the two; `up` takes a list of statements, too"),
                );
                continue;
            }
            keywords.push(keyword(key, item));
        }
        if is_broken {
            return self.broken_operation(range);
        }
        if keywords.iter().all(|(key, _)| key != kind.up) {
            return self.mistake(
                SyntaxError::new(run.head, format!("this `{}` does nothing", kind.word))
                    .with_label("expected a line with `up`")
                    .with_help(match kind.word {
                        "sql" => "write `up \"...\"`, or `up noop`",
                        _ => "write `up module:function`, or `up noop`",
                    }),
            );
        }
        self.call(kind.class, run.head, Vec::new(), keywords, range)
    }

    fn wrong_line(&mut self, kind: &Kind, word: &str, line: &RunLine) {
        let head = TextRange::new(line.range.start, line.range.start + super::length(word));
        self.mistake(
            SyntaxError::new(head, format!("`{}` has no `{word}`", kind.word))
                .with_label("cannot stand here")
                .with_help(match kind.word {
                    "sql" => {
                        "`atomic false` at the top of the file keeps the whole migration out of \
                         a transaction"
                    }
                    _ => "state that belongs to it stands in `state { ... }` behind it",
                }),
        );
    }

    fn code(&mut self, kind: &Kind, code: &Code) -> Item {
        match code {
            Code::Noop(range) => self.reference(kind.noop, *range),
            Code::Function {
                module,
                name,
                range,
            } => {
                let module = self.full_path(module);
                self.reference(format!("{module}.{}", name.text), *range)
            }
            Code::Value(value) => {
                if kind.word == "python" {
                    return self.mistake(
                        SyntaxError::new(value.range, "Python code stands in a module")
                            .with_label("expected a function as `module:name`")
                            .with_help(
                                "move the code into a module whose name starts with `_`, such \
                                 as `_0002_fill.py`, and write `up ._0002_fill:forwards`",
                            ),
                    );
                }
                self.value(value)
            }
        }
    }

    /// Looks for mistakes; nothing is made of it so far.
    pub(super) fn backfill(&mut self, lines: &[BackfillLine]) {
        for line in lines {
            match &line.kind {
                BackfillLineKind::Set { value, .. } => {
                    self.backfill_value(value);
                }
                BackfillLineKind::Where(condition) => {
                    self.condition(condition);
                }
                BackfillLineKind::Batch | BackfillLineKind::Down | BackfillLineKind::Error => {}
            }
        }
    }

    /// `sql(...)` for each dialect is told with the whole backfill.
    fn backfill_value(&mut self, value: &super::super::tree::Expr) {
        let told = self.diagnostics.len();
        self.expression(value, Position::Right);
        let mut at = 0;
        self.diagnostics.retain(|diagnostic| {
            at += 1;
            at <= told || diagnostic.rule != "uncompiled-statement"
        });
    }
}

fn first_word(key: &str) -> &'static str {
    match key {
        "sql" | "code" => "up",
        "reverse_sql" | "reverse_code" => "down",
        "state_operations" => "state",
        "hints" => "hints",
        "atomic" => "atomic",
        _ => "elidable",
    }
}
