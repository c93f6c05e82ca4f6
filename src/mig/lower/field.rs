//! Fields: types, arguments and options.

use smol_str::SmolStr;

use super::super::names::{self, ON_DELETE, TypeName};
use super::super::tree::{Arg, Args, Dotted, Expr, ExprKind, Field, FieldOption, Name};
use super::build::keyword;
use super::expression::Position;
use super::{Lowering, setting_name};
use crate::base::TextRange;
use crate::diag::wording::{did_you_mean, list};
use crate::parse::SyntaxError;
use crate::python::Detail;
use crate::python::django;
use crate::python::eval::object::{Item, Obj};

/// A field as an object, and whether its default only fills existing rows.
pub(super) struct LoweredField {
    pub(super) item: Item,
    pub(super) is_fill: bool,
}

impl Lowering<'_> {
    /// `title: char(200) blank`.
    pub(super) fn field(&mut self, field: &Field) -> LoweredField {
        let is_fill = field
            .options
            .iter()
            .any(|option| option.name.text == "fill");
        let item = self.typed(field.of, field.options, field.range);
        LoweredField { item, is_fill }
    }

    /// A field without a name: `output_field=decimal(9, 2)`.
    pub(super) fn type_value(&mut self, expr: &Expr) -> Item {
        match &expr.kind {
            ExprKind::Name(_) | ExprKind::Call(_) => self.typed(expr, &[], expr.range),
            ExprKind::Group(inner) => self.type_value(inner),
            ExprKind::Null => self.item(Obj::None, expr.range),
            _ => self.mistake(
                SyntaxError::new(expr.range, "expected a type")
                    .with_label("this is no type")
                    .with_help("types are words such as `text` or `decimal(8, 2)`"),
            ),
        }
    }

    fn typed(&mut self, of: &Expr, options: &[FieldOption], range: TextRange) -> Item {
        let (callee, args): (&Dotted, Option<&Args>) = match &of.kind {
            ExprKind::Name(path) => (path, None),
            ExprKind::Call(call) => (&call.callee, Some(&call.args)),
            _ => return self.mistake(SyntaxError::new(of.range, "this is no type")),
        };
        let joined = callee.path;
        let args = args.map_or(&[][..], |args| args.list);
        if let Some(known) = TypeName::by_name(joined).filter(|_| !callee.is_relative) {
            return self.known_type(known, callee, args, options, range);
        }
        if callee.words < 2 && !callee.is_relative || is_python_class(joined) {
            return self.unknown_type(callee, args);
        }
        let class = self.full_path(callee);
        let is_django = django::field_kind(&class).is_some();
        let (positional, mut keywords) = self.arguments(args, Position::Value);
        self.options(options, None, is_django, &mut keywords);
        self.call(class, callee.range, positional, keywords, range)
    }

    fn known_type(
        &mut self,
        of: &'static TypeName,
        callee: &Dotted,
        args: &[Arg],
        options: &[FieldOption],
        range: TextRange,
    ) -> Item {
        let mut positional = Vec::new();
        let mut keywords: Vec<(SmolStr, Item)> = Vec::new();
        if of.name == "composite" {
            for arg in args {
                let item = self.field_name(arg.value);
                positional.push(item);
            }
            self.options(options, Some(of), true, &mut keywords);
            return self.call(of.class, callee.range, positional, keywords, range);
        }
        let mut at = 0;
        for arg in args {
            let parameter = match &arg.name {
                Some(name) => {
                    let Some(django) = self.named_argument(of, name) else {
                        continue;
                    };
                    django
                }
                None => {
                    let Some(parameter) = of.parameters.get(at) else {
                        self.too_many(of, arg.value);
                        break;
                    };
                    at += 1;
                    SmolStr::new_static(parameter)
                }
            };
            let item = self.type_argument(of, &parameter, arg.value);
            if keywords.iter().any(|(name, _)| *name == parameter) {
                self.mistake(SyntaxError::new(
                    arg.value.range,
                    format!("`{parameter}` is given twice"),
                ));
            }
            keywords.push((parameter, item));
        }
        self.options(options, Some(of), true, &mut keywords);
        self.complete(of, callee, args, &keywords);
        self.call(of.class, callee.range, positional, keywords, range)
    }

    /// A named argument in the parentheses of a type: `array(text, size=3)`.
    fn named_argument(&mut self, of: &'static TypeName, name: &Name) -> Option<SmolStr> {
        let text = name.text;
        if of.parameters.contains(&text) || of.takes(text) {
            return Some(SmolStr::new(names::option_in_django(text)));
        }
        // Django's own name is no mistake that needs another word.
        self.unknown_option(of, name, text);
        None
    }

    fn too_many(&mut self, of: &TypeName, value: &Expr) {
        let help = match (of.name, of.parameters.len()) {
            ("decimal", _) => "write `decimal(digits, places)`".to_owned(),
            (_, 0) => format!("write `{}`", of.name),
            (_, 1) => format!("`{}` takes one: its `{}`", of.name, of.parameters[0]),
            _ => format!("`{}` takes {}", of.name, list(of.parameters)),
        };
        self.mistake(
            SyntaxError::new(
                value.range,
                match of.parameters.len() {
                    0 => format!("`{}` takes no arguments", of.name),
                    _ => format!("`{}` has too many arguments", of.name),
                },
            )
            .with_label("one too many")
            .with_help(help),
        );
    }

    /// The value of a type's parameter.
    fn type_argument(&mut self, of: &TypeName, parameter: &str, value: &Expr) -> Item {
        match parameter {
            "choices" => self.choices(value),
            "to" | "through" => self.model(value),
            "on_delete" => self.on_delete(value),
            "base_field" | "output_field" => self.type_value(value),
            "expression" => self.expression(value, Position::Operand),
            "db_persist" => match &value.kind {
                ExprKind::Name(path) if path.path == "stored" => self.boolean(true, value.range),
                ExprKind::Name(path) if path.path == "virtual" => self.boolean(false, value.range),
                ExprKind::Bool(_) => self.value(value),
                _ => self.mistake(
                    SyntaxError::new(value.range, "expected `stored` or `virtual`")
                        .with_label("how the database keeps the values"),
                ),
            },
            "max_length" | "max_digits" | "decimal_places" => match &value.kind {
                ExprKind::Int(_) | ExprKind::Null | ExprKind::Name(_) => self.value(value),
                _ => self.mistake(
                    SyntaxError::new(
                        value.range,
                        format!("the `{parameter}` of `{}` is a number", of.name),
                    )
                    .with_label("expected a number"),
                ),
            },
            _ => self.value(value),
        }
    }

    /// What a type cannot do without.
    fn complete(
        &mut self,
        of: &TypeName,
        callee: &Dotted,
        args: &[Arg],
        keywords: &[(SmolStr, Item)],
    ) {
        let has = |name: &str| keywords.iter().any(|(known, _)| known == name);
        let range = callee.range;
        match of.name {
            "fk" | "o2o" | "fobject" if has("to") && !has("on_delete") => {
                let target = args.first().map_or(range, |arg| arg.value.range);
                self.mistake(
                    SyntaxError::new(
                        TextRange::empty(target.end),
                        format!(
                            "`{}` does not say what happens when its target is deleted",
                            of.name
                        ),
                    )
                    .with_label("expected `, cascade` or the like")
                    .with_help(
                        "write `cascade`, `protect`, `restrict`, `set_null`, `set_default` or \
                         `do_nothing` behind the model",
                    ),
                );
            }
            "fk" | "o2o" | "m2m" | "fobject" if !has("to") => {
                let example = if of.name == "m2m" { "" } else { ", cascade" };
                self.mistake(
                    SyntaxError::new(
                        range,
                        format!("`{}` does not say which model it is to", of.name),
                    )
                    .with_label("expected a model in parentheses")
                    .with_help(format!("write `{}(app.Model{example})`", of.name)),
                );
            }
            "decimal" if !has("max_digits") || !has("decimal_places") => {
                self.mistake(
                    SyntaxError::new(range, "`decimal` needs the number of digits and of places")
                        .with_label("incomplete")
                        .with_help("write `decimal(8, 2)`"),
                );
            }
            "array" if !has("base_field") => {
                self.mistake(
                    SyntaxError::new(range, "`array` does not say of what")
                        .with_label("expected a type in parentheses")
                        .with_help("write `array(text)`"),
                );
            }
            "generated" if !has("expression") || !has("output_field") || !has("db_persist") => {
                self.mistake(
                    SyntaxError::new(
                        range,
                        "`generated` needs a type, an expression and `stored` or `virtual`",
                    )
                    .with_label("incomplete")
                    .with_help("write `generated(decimal(9, 2), price * 2, stored)`"),
                );
            }
            _ => {}
        }
    }

    /// `CharField(max_length=5)`, `varchar`, `Int`.
    fn unknown_type(&mut self, callee: &Dotted, args: &[Arg]) -> Item {
        let joined = callee.path;
        let last = joined.rsplit('.').next().unwrap_or_default();
        let error = SyntaxError::new(callee.range, format!("there is no type `{joined}`"))
            .with_label("not known");
        let help = if let Some(own) = names::type_habit(last) {
            let own = TypeName::by_name(own);
            let of = own.map_or("char", |own| own.name);
            let shown = own.map_or_else(String::new, |own| shown_arguments(own, args));
            match (of, shown.as_str()) {
                ("char", "") => "write `char(200)`, or `text` for a text of any length".to_owned(),
                _ => format!("write `{of}{shown}`"),
            }
        } else if let Some(near) = did_you_mean(joined, names::TYPES.iter().map(|of| of.name)) {
            format!("did you mean `{near}`?")
        } else {
            format!("a field class of a project is named by its whole path: `module.{last}`")
        };
        self.mistake(error.with_help(help))
    }

    /// The model that a relation is to.
    pub(super) fn model(&mut self, value: &Expr) -> Item {
        match &value.kind {
            ExprKind::Str(text) => self.string(*text, value.range),
            ExprKind::Name(path) => {
                if let Some(name) = setting_name(path) {
                    return self.item(Obj::Setting(name), value.range);
                }
                if path.is_relative || path.words > 2 {
                    return self.object(path);
                }
                self.string(path.path, value.range)
            }
            _ => self.mistake(
                SyntaxError::new(value.range, "expected a model")
                    .with_label("this is no model")
                    .with_help(
                        "write `app.Model`, `self` or a setting such as \
                                `settings.AUTH_USER_MODEL`",
                    ),
            ),
        }
    }

    fn on_delete(&mut self, value: &Expr) -> Item {
        match &value.kind {
            ExprKind::Name(path) => {
                let Some(word) = path.word() else {
                    let last = path.last();
                    if path.path == format!("models.{last}")
                        && ON_DELETE.iter().any(|(_, django)| *django == last)
                    {
                        return self.unknown_on_delete(last, path.range);
                    }
                    return self.object(path);
                };
                match ON_DELETE.iter().find(|(own, _)| *own == word.text) {
                    Some((_, django)) => {
                        self.reference(format!("django.db.models.deletion.{django}"), value.range)
                    }
                    None => self.unknown_on_delete(word.text, path.range),
                }
            }
            ExprKind::Call(call) if call.callee.path == "set" => {
                let (positional, keywords) = self.arguments(call.args.list, Position::Value);
                self.call(
                    "django.db.models.SET",
                    call.callee.range,
                    positional,
                    keywords,
                    value.range,
                )
            }
            ExprKind::Call(_) => self.value(value),
            _ => self.unknown_on_delete("this", value.range),
        }
    }

    fn unknown_on_delete(&mut self, word: &str, range: TextRange) -> Item {
        let lower = word.to_ascii_lowercase();
        let near = ON_DELETE
            .iter()
            .map(|(own, _)| *own)
            .find(|own| *own == lower || own.replace('_', "") == lower)
            .or_else(|| did_you_mean(&lower, ON_DELETE.iter().map(|(own, _)| *own)));
        let error = SyntaxError::new(
            range,
            format!("`{word}` does not say what happens when the target is deleted"),
        )
        .with_label("not known");
        let error = match near {
            Some(near) if lower == near => error.with_help(format!("write `{near}`")),
            Some(near) => error.with_help(format!("did you mean `{near}`?")),
            None => error.with_help(
                "write `cascade`, `protect`, `restrict`, `set_null`, `set_default`, \
                 `do_nothing`, `set(value)` or the path of a function",
            ),
        };
        self.mistake(error)
    }

    /// The name of a field where only one can stand.
    fn field_name(&mut self, value: &Expr) -> Item {
        match &value.kind {
            ExprKind::Name(path) if path.word().is_some() => self.string(path.path, value.range),
            ExprKind::Str(text) => self.string(*text, value.range),
            _ => self.mistake(
                SyntaxError::new(value.range, "expected the name of a field")
                    .with_label("this is no name"),
            ),
        }
    }

    /// Options behind the type. `of` is `None` for classes of their own, which may
    /// take any.
    fn options(
        &mut self,
        options: &[FieldOption],
        of: Option<&'static TypeName>,
        is_django: bool,
        keywords: &mut Vec<(SmolStr, Item)>,
    ) {
        let has_serialize = options.iter().any(|option| option.name.text == "serialize");
        let mut seen: Vec<&Name> = Vec::with_capacity(options.len());
        for option in options {
            let name = option.name.text;
            if let Some(earlier) = seen.iter().find(|other| other.text == name) {
                self.mistake(
                    SyntaxError::new(option.name.range, format!("`{name}` stands twice"))
                        .with_label("the second time")
                        .with_note(earlier.range, "the first time"),
                );
                continue;
            }
            seen.push(&option.name);
            if let Some(of) = of
                && !of.takes(name)
            {
                self.unknown_option(of, &option.name, name);
                continue;
            }
            match name {
                "online" => {
                    self.not_compiled(option.range(), "`online`");
                    continue;
                }
                "implicit" => {
                    let range = option.range();
                    for flag in ["auto_created", "primary_key"] {
                        keywords.push(keyword(flag, self.boolean(true, range)));
                    }
                    keywords.push(keyword("serialize", self.boolean(false, range)));
                    if self.detail == Detail::Whole {
                        keywords.push(keyword("verbose_name", self.string("ID", range)));
                    }
                    continue;
                }
                _ => {}
            }
            let django = match name {
                "fill" => "default",
                name => names::option_in_django(name),
            };
            let is_passed_over = self.detail != Detail::Whole
                && is_django
                && of.is_none_or(|of| of.class.starts_with("django.db.models."))
                && django::is_skipped_option(django);
            let item = self.option_value(django, option);
            if name == "pk" && !has_serialize && matches!(item.obj, Obj::Bool(true)) {
                keywords.push((SmolStr::new_static("primary_key"), item));
                let range = option.range();
                keywords.push(keyword("serialize", self.boolean(false, range)));
                continue;
            }
            if !is_passed_over {
                keywords.push((SmolStr::new(django), item));
            }
        }
    }

    fn option_value(&mut self, django: &str, option: &FieldOption) -> Item {
        let Some(value) = &option.value else {
            if needs_value(django) {
                let name = &option.name.text;
                return self.mistake(
                    SyntaxError::new(option.name.range, format!("`{name}` needs a value"))
                        .with_label("expected `=` and a value")
                        .with_help(format!("write `{name}=...`")),
                );
            }
            return self.boolean(true, option.name.range);
        };
        match django {
            "choices" => self.choices(value),
            "to" | "through" => self.model(value),
            "on_delete" => self.on_delete(value),
            "base_field" | "output_field" => self.type_value(value),
            "expression" => self.expression(value, Position::Operand),
            _ => match self.flag_habit(option, value) {
                Some(mistake) => mistake,
                None => self.value(value),
            },
        }
    }

    /// `null=True` is written `null`: said in place of "`True` is no value".
    fn flag_habit(&mut self, option: &FieldOption, value: &Expr) -> Option<Item> {
        let ExprKind::Name(path) = &value.kind else {
            return None;
        };
        let word = path.word()?;
        let help = match word.text {
            "True" => format!("write `{}`", option.name.text),
            "False" => format!("write `{}=false`", option.name.text),
            _ => return None,
        };
        Some(
            self.mistake(
                SyntaxError::new(value.range, format!("`{}` is no value", word.text))
                    .with_label("not known")
                    .with_help(help),
            ),
        )
    }

    /// Choices as a dict mean the pairs, as Django stores them.
    fn choices(&mut self, value: &Expr) -> Item {
        let ExprKind::Dict(entries) = &value.kind else {
            return self.value(value);
        };
        let pairs = entries
            .iter()
            .map(|(key, label)| {
                let key_item = self.value(key);
                let label = self.choices(label);
                let range = key.range.cover(label.span.range);
                self.item(Obj::tuple(vec![key_item, label]), range)
            })
            .collect();
        self.list(pairs, value.range)
    }

    fn unknown_option(&mut self, of: &TypeName, name: &Name, text: &str) {
        let error = SyntaxError::new(name.range, format!("`{}` has no option `{text}`", of.name))
            .with_label("not known");
        let lower = text.to_ascii_lowercase();
        let habit = names::option_habit(text).filter(|own| of.takes(own));
        let error = if let Some(own) = habit {
            error.with_help(format!("write `{own}`"))
        } else if let Some(near) = did_you_mean(&lower, of.all_options()) {
            error.with_help(format!("did you mean `{near}`?"))
        } else {
            match lower.as_str() {
                "not_null" | "required" | "notnull" | "not" => {
                    error.with_help("a field is not null unless it says `null`: remove this")
                }
                "auto_increment" | "autoincrement" | "identity" => {
                    error.with_help("write `bigauto` or `auto` as the type")
                }
                "references" | "foreign" => {
                    error.with_help("write `fk(app.Model, cascade)` as the type")
                }
                "max_digits" | "decimal_places" | "to" => {
                    error.with_help("it stands in parentheses behind the type")
                }
                _ => error,
            }
        };
        self.mistake(error);
    }
}

/// `CharField` or `models.CharField` in place of `char`.
fn is_python_class(joined: &str) -> bool {
    joined
        .strip_prefix("models.")
        .is_some_and(|class| names::type_habit(class).is_some())
}

/// Options that mean nothing without a value.
fn needs_value(django: &str) -> bool {
    matches!(
        django,
        "default"
            | "db_default"
            | "choices"
            | "db_column"
            | "db_tablespace"
            | "db_comment"
            | "db_collation"
            | "verbose_name"
            | "help_text"
            | "error_messages"
            | "validators"
            | "max_length"
            | "unique_for_date"
            | "unique_for_month"
            | "unique_for_year"
            | "related_name"
            | "related_query_name"
            | "limit_choices_to"
            | "to_field"
            | "through"
            | "through_fields"
            | "upload_to"
            | "storage"
            | "protocol"
            | "size"
            | "srid"
            | "from_fields"
            | "to_fields"
            | "db_table"
    )
}

/// `(5)` of `CharField(max_length=5)`, as the short type takes it.
fn shown_arguments(of: &TypeName, args: &[Arg]) -> String {
    let mut shown = Vec::new();
    for (at, parameter) in of.parameters.iter().enumerate() {
        let named = args.iter().find(|arg| {
            arg.name
                .as_ref()
                .is_some_and(|name| name.text == *parameter)
        });
        let unnamed = args.get(at).filter(|arg| arg.name.is_none());
        match named.or(unnamed).map(|arg| &arg.value.kind) {
            Some(ExprKind::Int(digits)) => shown.push(digits.to_string()),
            Some(ExprKind::Str(text)) => shown.push((*text).to_owned()),
            Some(ExprKind::Name(path)) => {
                let last = path.last();
                let own = ON_DELETE
                    .iter()
                    .find(|(_, django)| *django == last)
                    .map(|(own, _)| *own);
                shown.push(own.unwrap_or(path.path).to_owned());
            }
            _ => break,
        }
    }
    if shown.is_empty() {
        String::new()
    } else {
        format!("({})", shown.join(", "))
    }
}
