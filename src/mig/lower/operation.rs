//! Statements to calls of Django's operations.

use smol_str::SmolStr;

use super::super::names::EXTENSIONS;
use super::super::tree::{
    Args, Change, ChangeKind, Expr, ExprKind, ExtensionName, FieldOption, Member, MemberKind, Name,
    Renamed, Setting, Statement, StatementKind,
};
use super::Lowering;
use super::build::keyword;
use super::expression::Position;
use crate::base::TextRange;
use crate::diag::wording::{did_you_mean, list};
use crate::parse::SyntaxError;
use crate::python::eval::object::{Item, Obj};

/// Where an operation stands: all of it, and the words that name it.
#[derive(Clone, Copy)]
struct Place {
    range: TextRange,
    head: TextRange,
}

impl Lowering<'_> {
    /// `django.db.migrations.NAME(...)`.
    fn operation(&self, name: &str, place: Place, keywords: Vec<(SmolStr, Item)>) -> Item {
        let path = format!("django.db.migrations.{name}");
        self.call(path, place.head, Vec::new(), keywords, place.range)
    }

    fn postgres(&self, name: &str, place: Place, keywords: Vec<(SmolStr, Item)>) -> Item {
        let path = format!("django.contrib.postgres.operations.{name}");
        self.call(path, place.head, Vec::new(), keywords, place.range)
    }

    fn named(&self, key: &'static str, name: &Name) -> (SmolStr, Item) {
        keyword(key, self.string(name.text, name.range))
    }

    /// Adds what a statement stands for.
    pub(super) fn statement(&mut self, statement: &Statement, out: &mut Vec<Item>) {
        let range = statement.range;
        let until = |name: &Name| Place {
            range,
            head: TextRange::new(range.start, name.range.end),
        };
        match &statement.kind {
            StatementKind::Error => out.push(self.broken_operation(range)),
            StatementKind::CreateModel {
                name,
                bases,
                members,
            } => {
                let created = self.create_model(until(name), name, bases.as_ref(), members);
                out.push(created);
            }
            StatementKind::AlterModel { name, changes } => {
                for change in *changes {
                    self.change(name, change, out);
                }
            }
            StatementKind::DropModel { name } => {
                let named = self.named("name", name);
                out.push(self.operation("DeleteModel", until(name), vec![named]));
            }
            StatementKind::RenameModel { from, to, online } => {
                if let Some(range) = online {
                    self.not_compiled(*range, "`online`");
                }
                let names = vec![self.named("old_name", from), self.named("new_name", to)];
                out.push(self.operation("RenameModel", until(to), names));
            }
            StatementKind::Phase { name, items, .. } => {
                self.not_compiled(
                    TextRange::new(range.start, name.range.end),
                    &format!("`phase {}`", name.text),
                );
                self.nothing(items);
                out.push(self.broken_operation(range));
            }
            StatementKind::On {
                tests,
                then,
                otherwise,
            } => self.on(tests, then, otherwise, out),
            StatementKind::Separate(sides) => {
                let head = TextRange::new(range.start, range.start + super::length("separate"));
                let separate = self.separate(sides, Place { range, head });
                out.push(separate);
            }
            StatementKind::State(_) | StatementKind::Database(_) => {
                let word = match statement.kind {
                    StatementKind::State(_) => "state",
                    _ => "database",
                };
                let head = TextRange::new(range.start, range.start + super::length(word));
                let separate = self.separate(&[statement], Place { range, head });
                out.push(separate);
            }
            StatementKind::Sql(run) => {
                let sql = self.run_sql(run, range);
                out.push(sql);
            }
            StatementKind::Python(run) => {
                let python = self.run_python(run, range);
                out.push(python);
            }
            StatementKind::Backfill { model, lines } => {
                self.not_compiled(TextRange::new(range.start, model.range.end), "`backfill`");
                self.backfill(lines);
                out.push(self.broken_operation(range));
            }
            StatementKind::Extension(name) => {
                let extension = self.extension(name, range);
                out.push(extension);
            }
            StatementKind::DropExtension(name) => {
                let mistake = self.mistake(
                    SyntaxError::new(range, "Django has no operation that drops an extension")
                        .with_label("cannot be expressed")
                        .with_help(format!("write sql \"DROP EXTENSION {}\"", name.name.text)),
                );
                out.push(mistake);
            }
            StatementKind::Collation {
                name,
                options,
                is_drop,
            } => {
                let mut keywords = vec![self.named("name", name)];
                self.collation_options(options, &mut keywords);
                let is_whole = keywords.len() == 1 + options.len();
                if is_whole && keywords.iter().all(|(key, _)| key != "locale") {
                    self.mistake(
                        SyntaxError::new(name.range, "a collation needs a locale")
                            .with_label("incomplete")
                            .with_help("write `locale=\"und\"` behind the name"),
                    );
                }
                let class = if *is_drop {
                    "RemoveCollation"
                } else {
                    "CreateCollation"
                };
                out.push(self.postgres(class, until(name), keywords));
            }
            StatementKind::Op(call) => {
                let path = self.full_path(&call.callee);
                let (positional, keywords) = self.arguments(call.args.list, Position::Value);
                out.push(self.call(path, call.callee.range, positional, keywords, range));
            }
            StatementKind::Edition(_)
            | StatementKind::Migration(_)
            | StatementKind::After(_)
            | StatementKind::Before(_)
            | StatementKind::Replaces(_)
            | StatementKind::Initial(_)
            | StatementKind::Atomic(_)
            | StatementKind::Attribute { .. } => {
                self.mistake(
                    SyntaxError::new(range, "this cannot stand in a block")
                        .with_label("it is about the whole migration")
                        .with_help("move this line to the top of the file"),
                );
            }
        }
    }

    /// Looks for mistakes in operations that are not compiled.
    fn nothing(&mut self, items: &[&Statement]) {
        let mut unused = Vec::new();
        for item in items {
            self.statement(item, &mut unused);
        }
    }

    pub(super) fn operations(&mut self, items: &[&Statement], range: TextRange) -> Item {
        let mut operations = Vec::with_capacity(items.len());
        for item in items {
            self.statement(item, &mut operations);
        }
        self.list(operations, range)
    }

    fn separate(&mut self, sides: &[&Statement], place: Place) -> Item {
        let mut keywords: Vec<(SmolStr, Item)> = Vec::new();
        for side in sides {
            let (key, items) = match &side.kind {
                StatementKind::Database(items) => ("database_operations", items),
                StatementKind::State(items) => ("state_operations", items),
                _ => return self.broken_operation(place.range),
            };
            if keywords.iter().any(|(known, _)| known == key) {
                let word = key.trim_end_matches("_operations");
                let head = TextRange::new(side.range.start, side.range.start + super::length(word));
                self.mistake(
                    SyntaxError::new(head, format!("`{word}` stands twice"))
                        .with_label("the second time")
                        .with_help("put all operations into one block"),
                );
                continue;
            }
            let operations = self.operations(items, side.range);
            keywords.push(keyword(key, operations));
        }
        self.operation("SeparateDatabaseAndState", place, keywords)
    }

    fn extension(&mut self, extension: &ExtensionName, range: TextRange) -> Item {
        let name = &extension.name;
        let place = Place { range, head: range };
        if extension.is_string {
            let name = self.string(name.text, name.range);
            return self.postgres("CreateExtension", place, vec![keyword("name", name)]);
        }
        match EXTENSIONS.iter().find(|(own, _)| *own == name.text) {
            Some((_, class)) => self.postgres(class, place, Vec::new()),
            None => {
                let near = did_you_mean(name.text, EXTENSIONS.iter().map(|(own, _)| *own));
                let error = SyntaxError::new(
                    name.range,
                    format!("Django has no operation of its own for `{}`", name.text),
                )
                .with_label("not one of Django's");
                self.mistake(match near {
                    Some(near) => error.with_help(format!("did you mean `{near}`?")),
                    None => error.with_help(format!("write `extension \"{}\"`", name.text)),
                })
            }
        }
    }

    fn collation_options(&mut self, options: &[FieldOption], out: &mut Vec<(SmolStr, Item)>) {
        const KNOWN: [&str; 3] = ["locale", "provider", "deterministic"];
        for option in options {
            let name = option.name.text;
            if !KNOWN.contains(&name) {
                let error = SyntaxError::new(
                    option.name.range,
                    format!("a collation has no option `{name}`"),
                )
                .with_label("not known");
                self.mistake(match did_you_mean(name, KNOWN) {
                    Some(near) => error.with_help(format!("did you mean `{near}`?")),
                    None => error.with_help(format!("options are {}", list(&KNOWN))),
                });
                continue;
            }
            let item = match &option.value {
                Some(value) => self.value(value),
                None => self.boolean(true, option.name.range),
            };
            out.push((SmolStr::new(option.name.text), item));
        }
    }

    fn create_model(
        &mut self,
        place: Place,
        name: &Name,
        bases: Option<&Args>,
        members: &[Member],
    ) -> Item {
        let mut fields = Vec::with_capacity(members.len());
        let mut options: Vec<(SmolStr, TextRange, Item)> = Vec::new();
        let mut indexes = Vec::new();
        let mut constraints = Vec::new();
        let mut managers = None;
        for member in members {
            match &member.kind {
                MemberKind::Error => fields.push(self.broken(member.range)),
                MemberKind::Field(field) => {
                    let lowered = self.field(field);
                    if lowered.is_fill {
                        self.fill_in_new_model(field);
                    }
                    let name = self.string(field.name.text, field.name.range);
                    let pair = Obj::tuple(vec![name, lowered.item]);
                    fields.push(self.item(pair, member.range));
                }
                MemberKind::Part(part) => {
                    let lowered = self.part(part);
                    if let Some(range) = lowered.concurrently.or(lowered.not_valid) {
                        self.mistake(
                            SyntaxError::new(range, "the table of a new model is empty")
                                .with_label("this has no use in `create model`")
                                .with_help("remove it"),
                        );
                    }
                    if lowered.is_index {
                        indexes.push(lowered.item);
                    } else {
                        constraints.push(lowered.item);
                    }
                }
                MemberKind::Setting(Setting::Managers(list)) => {
                    managers = Some(self.managers(list, member.range));
                }
                MemberKind::Setting(setting) => {
                    self.model_options(setting, member.range, &mut options);
                }
            }
        }
        for (key, parts) in [("indexes", indexes), ("constraints", constraints)] {
            if !parts.is_empty() {
                let at = place.head;
                let list = self.list(parts, at);
                options.push((SmolStr::new_static(key), at, list));
            }
        }
        let mut keywords = vec![
            self.named("name", name),
            keyword("fields", self.list(fields, place.range)),
        ];
        if !options.is_empty() {
            keywords.push(keyword("options", self.dict(options, place.head)));
        }
        if let Some(bases) = bases {
            let items = bases
                .list
                .iter()
                .map(|base| self.model(base.value))
                .collect();
            let bases = self.item(Obj::tuple(items), bases.range);
            keywords.push(keyword("bases", bases));
        }
        if let Some(managers) = managers {
            keywords.push(keyword("managers", managers));
        }
        self.operation("CreateModel", place, keywords)
    }

    fn fill_in_new_model(&mut self, field: &super::super::tree::Field) {
        if let Some(fill) = field.options.iter().find(|it| it.name.text == "fill") {
            self.mistake(
                SyntaxError::new(fill.range(), "a new model has no rows to fill")
                    .with_label("`fill` only stands in `add` and `change`")
                    .with_help("write `default=` for a default"),
            );
        }
    }

    fn managers(&mut self, list: &[(Name, &Expr)], range: TextRange) -> Item {
        let pairs = list
            .iter()
            .map(|(name, value)| {
                let name_item = self.string(name.text, name.range);
                let manager = self.value(value);
                let range = name.range.cover(value.range);
                self.item(Obj::tuple(vec![name_item, manager]), range)
            })
            .collect();
        self.list(pairs, range)
    }

    /// Options of a new model by Django's names.
    fn model_options(
        &mut self,
        setting: &Setting,
        range: TextRange,
        out: &mut Vec<(SmolStr, TextRange, Item)>,
    ) {
        let mut entries = Vec::new();
        match setting {
            Setting::Table(text) => {
                entries.push(("db_table".into(), range, self.optional_text(text, range)));
            }
            Setting::Comment(text) => {
                let item = self.optional_text(text, range);
                entries.push(("db_table_comment".into(), range, item));
            }
            Setting::Options(options) => entries = self.options_of_model(options),
            Setting::UniqueTogether(groups) => {
                let groups = self.groups(groups, range);
                entries.push(("unique_together".into(), range, groups));
            }
            Setting::IndexTogether(groups) => {
                let groups = self.groups(groups, range);
                entries.push(("index_together".into(), range, groups));
            }
            Setting::OrderWithRespectTo(name) => {
                let item = self.optional_name(name.as_ref(), range);
                entries.push(("order_with_respect_to".into(), range, item));
            }
            Setting::Managers(_) => {}
        }
        for (name, at, item) in entries {
            if let Some((_, earlier, _)) = out.iter().find(|(known, ..)| *known == name) {
                let earlier = *earlier;
                self.mistake(
                    SyntaxError::new(at, format!("the option `{name}` is given twice"))
                        .with_label("the second time")
                        .with_note(earlier, "the first time"),
                );
                continue;
            }
            out.push((name, at, item));
        }
    }

    fn options_of_model(&mut self, options: &[FieldOption]) -> Vec<(SmolStr, TextRange, Item)> {
        let mut out: Vec<(SmolStr, TextRange, Item)> = Vec::with_capacity(options.len());
        for option in options {
            let item = match &option.value {
                Some(value) => {
                    if let ExprKind::Name(path) = &value.kind
                        && let Some(word) = path.word()
                        && matches!(word.text, "True" | "False")
                    {
                        let lower = word.text.to_lowercase();
                        self.mistake(
                            SyntaxError::new(value.range, format!("`{}` is no value", word.text))
                                .with_label("not known")
                                .with_help(format!("write `{}={lower}`", option.name.text)),
                        )
                    } else {
                        self.value(value)
                    }
                }
                None => self.boolean(true, option.name.range),
            };
            self.check_model_option(&option.name);
            out.push((SmolStr::new(option.name.text), option.range(), item));
        }
        out
    }

    fn check_model_option(&mut self, name: &Name) {
        let text = name.text;
        if MODEL_OPTIONS.contains(&text) {
            return;
        }
        let error = SyntaxError::new(name.range, format!("a model has no option `{text}`"))
            .with_label("not known");
        let error = match did_you_mean(text, MODEL_OPTIONS.iter().copied()) {
            Some(near) => error.with_help(format!("did you mean `{near}`?")),
            None => match text {
                "table" => error.with_help("write `table \"name\"` on a line of its own"),
                "comment" => error.with_help("write `comment \"text\"` on a line of its own"),
                _ => return,
            },
        };
        self.mistake(error);
    }

    fn optional_text(&self, text: &Option<super::super::tree::Text>, range: TextRange) -> Item {
        match text {
            Some(text) => self.string(text.text, text.range),
            None => self.item(Obj::None, range),
        }
    }

    fn optional_name(&self, name: Option<&Name>, range: TextRange) -> Item {
        match name {
            Some(name) => self.string(name.text, name.range),
            None => self.item(Obj::None, range),
        }
    }

    /// `{("a", "b")}`.
    fn groups(&self, groups: &[&[Name]], range: TextRange) -> Item {
        let items = groups
            .iter()
            .map(|group| {
                let names: Vec<Item> = group
                    .iter()
                    .map(|name| self.string(name.text, name.range))
                    .collect();
                let at = names.first().map_or(range, |first| first.span.range);
                self.item(Obj::tuple(names), at)
            })
            .collect();
        let set = crate::python::eval::object::Items(items);
        let set = Obj::Set(std::rc::Rc::new(std::cell::RefCell::new(set)));
        self.item(set, range)
    }

    fn change(&mut self, model: &Name, change: &Change, out: &mut Vec<Item>) {
        let place = Place {
            range: change.range,
            head: change.head,
        };
        let model_name = self.named("model_name", model);
        let about = self.named("name", model);
        let operation = match &change.kind {
            ChangeKind::Error => self.broken_operation(change.range),
            ChangeKind::AddField(field) | ChangeKind::ChangeField(field) => {
                let lowered = self.field(field);
                let mut keywords = vec![
                    model_name,
                    self.named("name", &field.name),
                    keyword("field", lowered.item),
                ];
                if lowered.is_fill {
                    let off = self.boolean(false, field.range);
                    keywords.push(keyword("preserve_default", off));
                }
                let class = match change.kind {
                    ChangeKind::AddField(_) => "AddField",
                    _ => "AlterField",
                };
                self.operation(class, place, keywords)
            }
            ChangeKind::AddPart(part) => {
                let lowered = self.part(part);
                let head = Place {
                    range: place.range,
                    head: lowered.name.as_ref().map_or(place.range, |name| {
                        TextRange::new(place.range.start, name.range.end)
                    }),
                };
                let concurrently = lowered.concurrently.is_some();
                match (lowered.is_index, concurrently, lowered.not_valid) {
                    (true, false, _) => {
                        let keywords = vec![model_name, keyword("index", lowered.item)];
                        self.operation("AddIndex", head, keywords)
                    }
                    (true, true, _) => {
                        let keywords = vec![model_name, keyword("index", lowered.item)];
                        self.postgres("AddIndexConcurrently", head, keywords)
                    }
                    (false, _, None) => {
                        let keywords = vec![model_name, keyword("constraint", lowered.item)];
                        self.operation("AddConstraint", head, keywords)
                    }
                    (false, _, Some(_)) => {
                        let keywords = vec![model_name, keyword("constraint", lowered.item)];
                        self.postgres("AddConstraintNotValid", head, keywords)
                    }
                }
            }
            ChangeKind::ChangePart(part) => self.change_part(part, model_name, place),
            ChangeKind::DropField { name, online } => {
                if let Some(range) = online {
                    self.not_compiled(*range, "`online`");
                }
                let keywords = vec![model_name, self.named("name", name)];
                self.operation("RemoveField", place, keywords)
            }
            ChangeKind::DropIndex { name, concurrently } => {
                let keywords = vec![model_name, self.named("name", name)];
                if *concurrently {
                    self.postgres("RemoveIndexConcurrently", place, keywords)
                } else {
                    self.operation("RemoveIndex", place, keywords)
                }
            }
            ChangeKind::DropConstraint { name } => {
                let keywords = vec![model_name, self.named("name", name)];
                self.operation("RemoveConstraint", place, keywords)
            }
            ChangeKind::RenameField { from, to, online } => {
                if let Some(range) = online {
                    self.not_compiled(*range, "`online`");
                }
                let keywords = vec![
                    model_name,
                    self.named("old_name", from),
                    self.named("new_name", to),
                ];
                self.operation("RenameField", place, keywords)
            }
            ChangeKind::RenameIndex { from, to } => {
                let mut keywords = vec![model_name, self.named("new_name", to)];
                match from {
                    Renamed::Name(name) => keywords.push(self.named("old_name", name)),
                    Renamed::Fields(fields) => {
                        let at = fields.first().map_or(place.head, |first| first.range);
                        let names = fields
                            .iter()
                            .map(|name| self.string(name.text, name.range))
                            .collect();
                        keywords.push(keyword("old_fields", self.item(Obj::tuple(names), at)));
                    }
                }
                self.operation("RenameIndex", place, keywords)
            }
            ChangeKind::Mirror { .. } => {
                self.not_compiled(place.head, "`mirror`");
                self.broken_operation(place.range)
            }
            ChangeKind::Unmirror { .. } => {
                self.not_compiled(place.head, "`unmirror`");
                self.broken_operation(place.range)
            }
            ChangeKind::Validate { name } => {
                let keywords = vec![model_name, self.named("name", name)];
                self.postgres("ValidateConstraint", place, keywords)
            }
            ChangeKind::Setting(setting) => self.setting_change(setting, about, place),
        };
        out.push(operation);
    }

    /// `change check name: ...` is `AlterConstraint`.
    fn change_part(
        &mut self,
        part: &super::super::tree::Part,
        model_name: (SmolStr, Item),
        place: Place,
    ) -> Item {
        let lowered = self.part(part);
        if lowered.is_index {
            return self.mistake(
                SyntaxError::new(place.head, "an index cannot be changed")
                    .with_label("Django has no operation for it")
                    .with_help("drop the index and add another one"),
            );
        }
        if let Some(range) = lowered.not_valid.or(lowered.concurrently) {
            self.mistake(
                SyntaxError::new(range, "`change` only changes the state of a constraint")
                    .with_label("this has no use here"),
            );
        }
        let Some(name) = &lowered.name else {
            return self.mistake(
                SyntaxError::new(place.head, "which constraint is changed is not said").with_help(
                    "write `op django.db.migrations.AlterConstraint(model_name=..., \
                         name=..., constraint=...)`",
                ),
            );
        };
        let keywords = vec![
            model_name,
            self.named("name", name),
            keyword("constraint", lowered.item),
        ];
        self.operation("AlterConstraint", place, keywords)
    }

    fn setting_change(&mut self, setting: &Setting, name: (SmolStr, Item), place: Place) -> Item {
        let range = place.range;
        let (class, key, item) = match setting {
            Setting::Table(text) => ("AlterModelTable", "table", self.optional_text(text, range)),
            Setting::Comment(text) => (
                "AlterModelTableComment",
                "table_comment",
                self.optional_text(text, range),
            ),
            Setting::Options(options) => {
                let entries = self.options_of_model(options);
                ("AlterModelOptions", "options", self.dict(entries, range))
            }
            Setting::UniqueTogether(groups) => (
                "AlterUniqueTogether",
                "unique_together",
                self.groups(groups, range),
            ),
            Setting::IndexTogether(groups) => (
                "AlterIndexTogether",
                "index_together",
                self.groups(groups, range),
            ),
            Setting::OrderWithRespectTo(field) => (
                "AlterOrderWithRespectTo",
                "order_with_respect_to",
                self.optional_name(field.as_ref(), range),
            ),
            Setting::Managers(managers) => (
                "AlterModelManagers",
                "managers",
                self.managers(managers, range),
            ),
        };
        self.operation(class, place, vec![name, keyword(key, item)])
    }
}

/// Names of `Meta` that migrations hold.
const MODEL_OPTIONS: &[&str] = &[
    "abstract",
    "app_label",
    "apps",
    "base_manager_name",
    "constraints",
    "db_table",
    "db_table_comment",
    "db_tablespace",
    "default_manager_name",
    "default_permissions",
    "default_related_name",
    "get_latest_by",
    "index_together",
    "indexes",
    "managed",
    "order_with_respect_to",
    "ordering",
    "permissions",
    "proxy",
    "required_db_features",
    "required_db_vendor",
    "select_on_save",
    "swappable",
    "unique_together",
    "verbose_name",
    "verbose_name_plural",
];
