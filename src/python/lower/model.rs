//! What operations on models carry: fields, options, bases, managers.

use std::sync::Arc;

use smol_str::SmolStr;

use super::super::eval::Exception;
use super::super::eval::object::{Item, Obj};
use super::Lowering;
use super::operation::Parameters;
use super::value::Follow;
use crate::base::Spanned;
use crate::ir::operation::{Base, CreateModel, Options};
use crate::ir::value::Condition;
use crate::ir::{FieldName, ModelName, Unknown, Value};

impl Lowering<'_> {
    pub(super) fn create_model(
        &mut self,
        args: &Parameters<'_>,
        not_understood: &mut Vec<Unknown>,
    ) -> Result<CreateModel, Unknown> {
        let name = args.require("name")?.clone();
        let mut fields = Vec::new();
        if let Some(item) = args.get("fields") {
            let elements = self.elements(item)?;
            fields.reserve_exact(super::at_most(&elements));
            for (element, condition) in elements {
                if let Some(condition) = condition
                    && self.ambient_side(&condition) != Some(true)
                {
                    not_understood.push(match condition {
                        Condition::Unknown(unknown) => unknown,
                        _ => {
                            Unknown::new(element.span, "the field is there only under a condition")
                        }
                    });
                    continue;
                }
                let (field_name, field) = self.pair(
                    &element.obj,
                    element.span,
                    "it is not a pair of name and field",
                )?;
                let text = self.text(&field_name)?;
                let name = Spanned::new(FieldName::new(text), field_name.span);
                match self.field(&field, not_understood) {
                    Ok(field) => fields.push((name, Arc::new(field))),
                    Err(unknown) => not_understood.push(unknown),
                }
            }
        }
        let bases = match args.get("bases") {
            Some(item) => self.bases(&item.clone(), not_understood)?,
            None => Vec::new(),
        };
        let managers = match args.get("managers") {
            Some(item) => self.managers(&item.clone())?,
            None => Vec::new(),
        };
        fields.shrink_to_fit();
        Ok(CreateModel {
            name: ModelName::new(self.text(&name)?),
            name_span: name.span,
            fields,
            options: self.options(args.get("options"), not_understood)?,
            bases,
            managers: managers.into(),
        })
    }

    pub(super) fn managers(
        &mut self,
        item: &Item,
    ) -> Result<Vec<crate::ir::value::SpannedValue>, Unknown> {
        if matches!(item.obj, Obj::None) {
            return Ok(Vec::new());
        }
        let items: Vec<Item> = self.elements(item)?.map(|(item, _)| item).collect();
        Ok(self.values(&items, Follow::No))
    }

    pub(super) fn bases(
        &mut self,
        item: &Item,
        not_understood: &mut Vec<Unknown>,
    ) -> Result<Vec<Base>, Unknown> {
        if matches!(item.obj, Obj::None) {
            return Ok(Vec::new());
        }
        let mut bases = Vec::new();
        for (element, _) in self.elements(item)? {
            let value = self.value(&element, Follow::No);
            let value = match value.value {
                Value::Path(path) => {
                    bases.push(Base::Class {
                        path,
                        span: element.span,
                    });
                    continue;
                }
                Value::Setting(_) | Value::Object(_) | Value::Conditional(_) => {
                    self.value(&element, Follow::Yes).value
                }
                other => other,
            };
            match value {
                Value::Str(text) => {
                    let (app, name) = match text.split_once('.') {
                        Some((app, name)) => (SmolStr::new(app), ModelName::new(name)),
                        None => (SmolStr::default(), ModelName::new(text.clone())),
                    };
                    bases.push(Base::Model {
                        app,
                        name,
                        span: element.span,
                    });
                }
                Value::Unknown(unknown) => {
                    not_understood.push((*unknown).clone());
                    bases.push(Base::Unknown(*unknown));
                }
                _ => {
                    let unknown = Unknown::new(element.span, "the base class could not be read");
                    not_understood.push(unknown.clone());
                    bases.push(Base::Unknown(unknown));
                }
            }
        }
        Ok(bases)
    }

    pub(super) fn options(
        &mut self,
        item: Option<&Item>,
        not_understood: &mut Vec<Unknown>,
    ) -> Result<Options, Unknown> {
        let mut options = Options::default();
        let Some(item) = item else {
            return Ok(options);
        };
        let dict = match self
            .evaluator
            .force(&item.obj, item.span)
            .map_err(Exception::into_unknown)?
        {
            Obj::Dict(dict) => dict.borrow().clone(),
            Obj::None => return Ok(options),
            other => return Err((*self.evaluator.unknown_of(&other, item.span)).clone()),
        };
        not_understood.extend(dict.unknown.as_deref().cloned());
        for (key, value) in dict.entries() {
            if self.is_missing(value) {
                continue;
            }
            let name = self.text(key)?;
            match name.as_str() {
                "indexes" => {
                    for (element, _) in self.elements(value)? {
                        match self.index(&element, not_understood) {
                            Ok(index) => options.indexes.push(Arc::new(index)),
                            Err(unknown) => not_understood.push(unknown),
                        }
                    }
                }
                "constraints" => {
                    for (element, _) in self.elements(value)? {
                        match self.constraint(&element, not_understood) {
                            Ok(constraint) => options.constraints.push(Arc::new(constraint)),
                            Err(unknown) => not_understood.push(unknown),
                        }
                    }
                }
                _ => {}
            }
            let follow = match name.as_str() {
                "swappable" | "verbose_name" | "verbose_name_plural" => Follow::No,
                _ => Follow::Yes,
            };
            let value = self.value(value, follow);
            let matters = matches!(
                name.as_str(),
                "db_table"
                    | "unique_together"
                    | "index_together"
                    | "managed"
                    | "proxy"
                    | "order_with_respect_to"
                    | "db_tablespace"
                    | "db_table_comment"
            );
            if matters && let Some(unknown) = value.value.first_unknown() {
                not_understood.push(unknown.clone());
            }
            options
                .entries
                .push((Spanned::new(name, key.span), Arc::new(value)));
        }
        options.entries.shrink_to_fit();
        Ok(options)
    }

    /// `unique_together` in each of its spellings: a set or list of tuples, or one
    /// tuple of names (`normalize_together`, Django 5.2).
    pub(super) fn together(&mut self, item: Option<&Item>) -> Result<Vec<Vec<FieldName>>, Unknown> {
        let Some(item) = item else {
            return Ok(Vec::new());
        };
        if matches!(item.obj, Obj::None) {
            return Ok(Vec::new());
        }
        let mut elements = self.elements(item)?.peekable();
        let one_tuple = matches!(
            elements.peek().map(|(element, _)| &element.obj),
            Some(Obj::Str(_) | Obj::Bytes(_))
        );
        if one_tuple {
            return Ok(vec![self.names(item)?]);
        }
        elements.map(|(element, _)| self.names(&element)).collect()
    }

    pub(super) fn names(&mut self, item: &Item) -> Result<Vec<FieldName>, Unknown> {
        self.elements(item)?
            .map(|(element, _)| self.text(&element).map(FieldName::new))
            .collect()
    }
}
