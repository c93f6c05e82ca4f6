//! Generated migrations mean the same as `.mig` and as Python again.
//!
//! What is generated is Python source with whatever a migration may hold: names that
//! are keywords, strings with quotes and line ends, nested values, conditions.

use std::fmt::Write as _;

use serde_json::Value as Json;
use whimbrel::base::Files;
use whimbrel::ir::{Migration, MigrationId};
use whimbrel::mig;
use whimbrel::python::finder::NoModules;
use whimbrel::python::write::{Surroundings, write_migration};
use whimbrel::python::{self, Detail, Modules, Resolver};

use crate::same::difference;
use crate::vocabulary;

const MODULE: &str = "blog.migrations.0002_x";

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.roll(of.len())]
    }

    fn some(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> String) -> Vec<String> {
        let count = self.roll(most + 1);
        (0..count).map(|_| make(self)).collect()
    }
}

const NAMES: &[&str] = &[
    "title",
    "index",
    "check",
    "unique",
    "null",
    "true",
    "on",
    "drop",
    "constraint",
    "größe",
    "id",
    "model",
    "table",
    "options",
    "state",
    "not",
    "x1",
    "a_b",
    "F",
    "select",
];
const STRINGS: &[&str] = &[
    "",
    "a",
    "it's",
    "\"quoted\"",
    "two\\nlines",
    "  indented\\n    more\\n",
    "\\\\",
    "tab\\there",
    "{}",
    "# no comment",
    "ä\\u200bö",
    "trailing \\n",
    "\\\"\\\"\\\"",
    "%s",
    "\\x00",
];

fn name(dice: &mut Dice) -> String {
    dice.pick(NAMES).to_owned()
}

fn string(dice: &mut Dice) -> String {
    let text = dice.pick(STRINGS);
    format!(
        "\"{}\"",
        text.replace('"', "\\\"").replace("\\\\\"", "\\\"")
    )
}

fn value(dice: &mut Dice, depth: usize) -> String {
    match dice.roll(if depth == 0 { 9 } else { 14 }) {
        0 => "None".to_owned(),
        1 => dice.pick(&["True", "False"]).to_owned(),
        2 => dice
            .pick(&["0", "-1", "7", "99999999999999999999", "-3"])
            .to_owned(),
        3 => dice
            .pick(&["0.5", "-2.0", "1e300", "-0.0", "float(\"inf\")"])
            .to_owned(),
        4 | 5 => string(dice),
        6 => dice
            .pick(&["b\"\"", "b\"a\\x00\\\"\"", "b\"\\xff\""])
            .to_owned(),
        7 => dice
            .pick(&[
                "uuid.uuid4",
                "datetime.date.today",
                "settings.AUTH_USER_MODEL",
                "dict",
            ])
            .to_owned(),
        8 => dice
            .pick(&[
                "datetime.timedelta(days=-1)",
                "Decimal(\"1.50\")",
                "_(\"text\")",
            ])
            .to_owned(),
        9 => format!(
            "[{}]",
            dice.some(3, |dice| value(dice, depth - 1)).join(", ")
        ),
        10 => {
            let items = dice.some(3, |dice| value(dice, depth - 1));
            let comma = if items.len() == 1 { "," } else { "" };
            format!("({}{comma})", items.join(", "))
        }
        11 => {
            let pairs = dice.some(3, |dice| {
                let key = string(dice);
                format!("{key}: {}", value(dice, depth - 1))
            });
            format!("{{{}}}", pairs.join(", "))
        }
        12 => format!("[(\"a\", {}), (2, \"b\")]", string(dice)),
        _ => format!("functools.partial(uuid.uuid5, {})", value(dice, depth - 1)),
    }
}

/// A `Q`, with operators or with arguments.
fn condition(dice: &mut Dice, depth: usize) -> String {
    let lookup = dice.pick(&[
        "",
        "__gt",
        "__in",
        "__isnull",
        "__startswith",
        "__author__lte",
    ]);
    let of = format!("{}{lookup}", name(dice));
    let right = match lookup {
        "__in" => "[1, \"two\", None]".to_owned(),
        "__isnull" => dice.pick(&["True", "False"]).to_owned(),
        _ => match dice.roll(4) {
            0 => expression(dice, 1),
            _ => string(dice),
        },
    };
    match dice.roll(if depth == 0 { 2 } else { 8 }) {
        0 => format!("models.Q((\"{of}\", {right}))"),
        1 => format!("models.Q((\"{of}\", {right}), _negated=True)"),
        2 => format!("~{}", condition(dice, depth - 1)),
        3 => {
            let (left, right) = (condition(dice, depth - 1), condition(dice, depth - 1));
            format!("({left} & {right})")
        }
        4 => {
            let (left, right) = (condition(dice, depth - 1), condition(dice, depth - 1));
            format!("({left} | {right})")
        }
        5 => {
            let (left, right) = (condition(dice, depth - 1), condition(dice, depth - 1));
            format!("models.Q({left}, {right}, _connector=\"XOR\")")
        }
        6 => format!(
            "models.Q({}, (\"{of}\", {right}))",
            condition(dice, depth - 1)
        ),
        _ => format!(
            "models.Q((\"{of}\", {right}), ({}, 1))",
            dice.pick(&["\"it's\"", "\"# odd\"", "\"a b\"", "\"%s\""])
        ),
    }
}

fn expression(dice: &mut Dice, depth: usize) -> String {
    let name = name(dice);
    match dice.roll(if depth == 0 { 3 } else { 8 }) {
        0 => format!("models.F(\"{name}\")"),
        1 => format!("models.Value({})", string(dice)),
        2 => format!(
            "models.Value({})",
            dice.pick(&["1", "-1", "None", "True", "0.5"])
        ),
        3 => format!("Lower({})", expression(dice, depth - 1)),
        4 => {
            let sign = dice.pick(&["+", "-", "*", "/", "%", "**"]);
            format!(
                "(models.F(\"{name}\") {sign} {})",
                expression(dice, depth - 1)
            )
        }
        5 => format!("Coalesce(\"{name}\", {})", expression(dice, depth - 1)),
        6 => format!(
            "models.Case(models.When({}, then={}), default={})",
            condition(dice, 1),
            expression(dice, 0),
            expression(dice, 0)
        ),
        _ => format!("Cast(\"{name}\", models.CharField(max_length=9))"),
    }
}

fn field(dice: &mut Dice) -> String {
    let (class, arguments) = match dice.roll(9) {
        0 => ("models.CharField", "max_length=20".to_owned()),
        1 => (
            "models.DecimalField",
            "max_digits=5, decimal_places=2".to_owned(),
        ),
        2 => (
            "models.ForeignKey",
            format!(
                "on_delete=django.db.models.deletion.{}, to={}",
                dice.pick(&["CASCADE", "SET_NULL", "DO_NOTHING"]),
                dice.pick(&[
                    "\"blog.post\"",
                    "\"self\"",
                    "settings.AUTH_USER_MODEL",
                    "\"Post\""
                ])
            ),
        ),
        3 => (
            "models.ManyToManyField",
            "to=\"shop.Thing\", through=\"shop.Link\"".to_owned(),
        ),
        4 => (
            "models.BigAutoField",
            "auto_created=True, primary_key=True, serialize=False, verbose_name=\"ID\"".to_owned(),
        ),
        5 => (
            "shop.fields.OddField",
            format!("{}, odd={}", string(dice), value(dice, 1)),
        ),
        6 => (
            "models.GeneratedField",
            format!(
                "expression={}, output_field=models.IntegerField(), db_persist={}",
                expression(dice, 2),
                dice.pick(&["True", "False"])
            ),
        ),
        7 => (
            "django.contrib.postgres.fields.ArrayField",
            "base_field=models.TextField(), size=3".to_owned(),
        ),
        _ => ("models.DateTimeField", "auto_now_add=True".to_owned()),
    };
    let mut out = format!("{class}({arguments}");
    let options = [
        "null=True",
        "blank=False",
        "unique=True",
        "db_index=False",
        "editable=False",
    ];
    let mut seen: Vec<&str> = Vec::new();
    for _ in 0..dice.roll(3) {
        let option = dice.pick(&options);
        if !seen.contains(&option) {
            seen.push(option);
            let _ = write!(out, ", {option}");
        }
    }
    if dice.roll(3) == 0 {
        let _ = write!(out, ", default={}", value(dice, 2));
    }
    if dice.roll(4) == 0 {
        let _ = write!(out, ", help_text={}", string(dice));
    }
    out.push(')');
    out
}

fn part(dice: &mut Dice) -> (bool, String) {
    let name = format!("{}_part", dice.pick(&["a", "b", "unique"]));
    match dice.roll(4) {
        0 => (
            true,
            format!("models.Index({}, name=\"{name}\")", expression(dice, 1)),
        ),
        1 => (
            true,
            format!(
                "models.Index(fields=[\"{}\", \"-{}\"], name=\"{name}\", condition={})",
                self::name(dice),
                self::name(dice),
                condition(dice, 2)
            ),
        ),
        2 => (
            false,
            format!(
                "models.CheckConstraint(condition={}, name=\"{name}\")",
                condition(dice, 3)
            ),
        ),
        _ => (
            false,
            format!(
                "models.UniqueConstraint(fields=(\"{}\",), name=\"{name}\", violation_error_message={})",
                self::name(dice),
                string(dice)
            ),
        ),
    }
}

fn operation(dice: &mut Dice, depth: usize) -> String {
    let model = dice.pick(&["post", "Post", "on", "create"]);
    let of = format!("model_name=\"{model}\"");
    match dice.roll(if depth == 0 { 11 } else { 13 }) {
        0 => {
            let mut fields = dice.some(4, |dice| format!("(\"{}\", {})", name(dice), field(dice)));
            fields.push("(\"last\", models.TextField())".to_owned());
            let options = dice.some(2, |dice| {
                let key = dice.pick(&["ordering", "verbose_name", "permissions", "managed"]);
                format!("\"{key}\": {}", value(dice, 2))
            });
            format!(
                "migrations.CreateModel(\"{model}\", [{}], options={{{}}})",
                fields.join(", "),
                options.join(", ")
            )
        }
        1 => format!(
            "migrations.AddField({of}, name=\"{}\", field={})",
            name(dice),
            field(dice)
        ),
        2 => format!(
            "migrations.AlterField({of}, name=\"{}\", field={})",
            name(dice),
            field(dice)
        ),
        3 => format!("migrations.RemoveField({of}, name=\"{}\")", name(dice)),
        4 => format!(
            "migrations.RenameField({of}, old_name=\"{}\", new_name=\"{}\")",
            name(dice),
            name(dice)
        ),
        5 => match part(dice) {
            (true, index) => format!("migrations.AddIndex({of}, index={index})"),
            (false, it) => format!("migrations.AddConstraint({of}, constraint={it})"),
        },
        6 => format!(
            "migrations.RunSQL({}, {})",
            string(dice),
            dice.pick(&["None", "migrations.RunSQL.noop", "[\"a\", (\"b %s\", [1])]"])
        ),
        7 => format!(
            "migrations.AlterModelOptions(\"{model}\", {{\"ordering\": {}}})",
            value(dice, 2)
        ),
        8 => format!(
            "migrations.AlterUniqueTogether(\"{model}\", {{(\"{}\", \"{}\")}})",
            name(dice),
            name(dice)
        ),
        9 => format!(
            "migrations.RunPython(shop.code.fill, elidable={})",
            dice.pick(&["True", "False"])
        ),
        10 => format!(
            "shop.operations.Odd({}, odd={})",
            value(dice, 2),
            value(dice, 2)
        ),
        11 => format!(
            "migrations.SeparateDatabaseAndState(state_operations=[{}], database_operations=[{}])",
            dice.some(2, |dice| operation(dice, 0)).join(", "),
            dice.some(2, |dice| operation(dice, 0)).join(", ")
        ),
        _ => format!(
            "migrations.AlterModelTable(\"{model}\", {})",
            dice.pick(&["\"t\"", "None", "\"a\\\"b\""])
        ),
    }
}

fn source(seed: u64) -> String {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut out = String::from(
        "import datetime\nimport functools\nimport uuid\nfrom decimal import Decimal\n\n\
         import django.contrib.postgres.fields\nimport django.db.models.deletion\n\
         import shop.code\nimport shop.fields\nimport shop.operations\n\
         from django.conf import settings\nfrom django.db import connection, migrations, models\n\
         from django.db.models.functions import Cast, Coalesce, Lower\n\
         from django.utils.translation import gettext_lazy as _\n\n\n\
         class Migration(migrations.Migration):\n    dependencies = [(\"blog\", \"0001_initial\")]\n",
    );
    out.push_str("    operations = [\n");
    for _ in 0..=dice.roll(4) {
        let _ = writeln!(out, "        {},", operation(&mut dice, 1));
    }
    out.push_str("    ]\n");
    if dice.roll(4) == 0 {
        let test = dice.pick(&[
            "connection.vendor == \"postgresql\"",
            "connection.vendor in (\"mysql\", \"sqlite\")",
            "connection.vendor != \"oracle\"",
        ]);
        let _ = writeln!(
            out,
            "    if {test}:\n        operations += [{}]",
            operation(&mut dice, 0)
        );
    }
    out
}

fn told(migration: &Migration) -> Json {
    let mut told = vocabulary::migration_on("sqlite", migration);
    typed_alone(&mut told);
    told
}

/// Leaves out the calls that made expressions, which both languages spell in their own
/// way, where the expressions themselves are told as trees.
fn typed_alone(told: &mut Json) {
    match told {
        Json::Object(object) => {
            if object
                .get("typed")
                .is_some_and(|it| it.as_object().is_some_and(|it| !it.is_empty()))
            {
                for holder in ["kwargs", "options"] {
                    if let Some(Json::Object(given)) = object.get_mut(holder) {
                        given.remove("condition");
                        given.remove("expression");
                    }
                }
                object.remove("args");
            }
            object.values_mut().for_each(typed_alone);
        }
        Json::Array(items) => items.iter_mut().for_each(typed_alone),
        _ => {}
    }
}

/// What is wrong with a migration on its way through both languages.
fn fault(text: &str) -> Option<String> {
    let files = Files::default();
    let modules = Modules::new(&files);
    let resolver = Resolver {
        modules: &modules,
        finder: &NoModules,
        settings_module: None,
        constants: None,
    };
    let id = || MigrationId::new("blog", "0002_x");
    let file = files.add("blog/migrations/0002_x.py", text);
    let expected = python::read_migration(resolver, file, MODULE, id(), Detail::Whole);
    let expected = told(&expected.migration?);
    let written = match python::read_written(resolver, file, MODULE, id()) {
        Ok(written) => written,
        Err(errors) => return Some(format!("{errors:?}")),
    };
    let declared = match mig::write(&written) {
        Ok(declared) => declared.text,
        Err(obstacles) => return Some(format!("{:?}", obstacles.first())),
    };
    if mig::format(&declared).as_ref() != Ok(&declared) {
        return Some(format!("formatting changes it:\n{declared}"));
    }
    let file = files.add("blog/migrations/0002_x.mig", declared.as_str());
    let read = mig::read_migration(resolver, file, MODULE, id(), Detail::Whole);
    if let Some(first) = read.diagnostics.first() {
        let place = first.primary.span.range.text(&declared);
        return Some(format!("{} at `{place}`:\n{declared}", first.message));
    }
    let migration = read.migration?;
    if let Some(difference) = difference("", &expected, &told(&migration)) {
        return Some(format!("as .mig: {difference}\n{declared}"));
    }
    let surroundings = Surroundings {
        is_module: &|_| None,
        inline: None,
    };
    let again = match write_migration(&migration, surroundings) {
        Ok(again) => again,
        Err(unwritable) => return Some(format!("back: {:?}\n{declared}", unwritable.first())),
    };
    let file = files.add("blog/migrations/0003_x.py", again.as_str());
    let read = python::read_migration(resolver, file, MODULE, id(), Detail::Whole);
    let difference = difference("", &expected, &told(&read.migration?));
    difference.map(|difference| format!("back: {difference}\n{again}"))
}

#[test]
fn generated_migrations_mean_the_same_in_both_languages() {
    let mut faults = 0;
    let mut report = String::new();
    for seed in 0..1_500 {
        let text = source(seed);
        if let Some(fault) = fault(&text) {
            faults += 1;
            if faults <= 5 {
                let _ = writeln!(
                    report,
                    "{seed}: {fault}\n{}",
                    text.split_once("operations").unwrap().1
                );
            }
        }
    }
    assert_eq!(faults, 0, "\n{report}");
}
