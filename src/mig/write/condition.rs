//! Conditions as text: the trees that Django's `Q` makes, child for child.

use super::super::names::COMPARISONS;
use super::expression::Position;
use super::{Writer, text};
use crate::ir::Value;
use crate::ir::expression::Connector;
use crate::ir::value::{Object, SpannedValue};

/// A `Q`, whatever made it.
struct Node<'v> {
    connector: Connector,
    is_negated: bool,
    children: Vec<Child<'v>>,
}

enum Child<'v> {
    Lookup(&'v str, &'v Value),
    Node(Node<'v>),
    Expression(&'v Value),
}

impl<'v> Node<'v> {
    /// The `Q` that a value makes; `None` for other expressions.
    fn of(value: &'v Value) -> Option<Self> {
        let Value::Object(object) = value else {
            return None;
        };
        match object.path.as_str() {
            "operator.invert" => {
                let mut node = Self::of(&object.args.first()?.value)?;
                node.is_negated = !node.is_negated;
                Some(node)
            }
            "operator.and_" => Self::combined(object, Connector::And),
            "operator.or_" => Self::combined(object, Connector::Or),
            "operator.xor" => Self::combined(object, Connector::Xor),
            path if super::super::names::function_of_class(path) == Some("Q") => Self::call(object),
            _ => None,
        }
    }

    /// Source: `Q._combine` and `Node.add`, Django 5.2.
    fn combined(object: &'v Object, connector: Connector) -> Option<Self> {
        let [left, right] = object.args.as_slice() else {
            return None;
        };
        let (left, right) = (Self::of(&left.value)?, Self::of(&right.value)?);
        if left.children.is_empty() {
            return Some(right);
        }
        if right.children.is_empty() {
            return Some(left);
        }
        let mut children = Vec::new();
        for side in [left, right] {
            let joins =
                !side.is_negated && (side.connector == connector || side.children.len() == 1);
            if joins {
                children.extend(side.children);
            } else {
                children.push(Child::Node(side));
            }
        }
        Some(Self {
            connector,
            is_negated: false,
            children,
        })
    }

    fn call(object: &'v Object) -> Option<Self> {
        let mut out = Self {
            connector: Connector::And,
            is_negated: false,
            children: Vec::new(),
        };
        for arg in &object.args {
            out.children.push(child(arg)?);
        }
        let mut lookups = Vec::new();
        for (name, value) in &object.kwargs {
            match (name.as_str(), &value.value) {
                ("_connector", Value::Str(name)) => out.connector = Connector::by_name(name)?,
                ("_connector", Value::None) => {}
                ("_negated", Value::Bool(value)) => out.is_negated = *value,
                ("_connector" | "_negated", _) => return None,
                (name, value) => lookups.push((name, value)),
            }
        }
        lookups.sort_by_key(|(name, _)| *name);
        out.children.extend(
            lookups
                .into_iter()
                .map(|(name, value)| Child::Lookup(name, value)),
        );
        Some(out)
    }

    /// Whether words cannot say what connects the children.
    fn is_odd(&self) -> bool {
        self.children.is_empty() || self.children.len() == 1 && self.connector != Connector::And
    }

    const fn word(&self) -> &'static str {
        match self.connector {
            Connector::And => "and",
            Connector::Or => "or",
            Connector::Xor => "xor",
        }
    }
}

fn child(value: &SpannedValue) -> Option<Child<'_>> {
    if let Value::Tuple(parts) = &value.value
        && let [name, value] = parts.as_slice()
    {
        return Some(Child::Lookup(name.value.as_str()?, &value.value));
    }
    Some(match Node::of(&value.value) {
        Some(node) => Child::Node(node),
        None => Child::Expression(&value.value),
    })
}

impl Writer<'_> {
    /// Whether a value makes a `Q`.
    pub(super) fn is_q(value: &Value) -> bool {
        Node::of(value).is_some()
    }

    /// What stands behind `where` or `check name:`.
    pub(super) fn condition(&mut self, value: &Value) -> Option<String> {
        let Some(node) = Node::of(value) else {
            return self.bare_expression(value);
        };
        // Alone, an expression would not be inside of a `Q`.
        if let [Child::Expression(_)] = node.children.as_slice()
            && !node.is_negated
        {
            return self.call_of_q(&node);
        }
        if node.is_odd() {
            return self.call_of_q(&node);
        }
        let shown = self.node(&node)?;
        let is_nested = !node.is_negated && matches!(node.children.as_slice(), [Child::Node(_)]);
        // Parentheses around a whole condition only group.
        Some(if is_nested {
            format!("({shown})")
        } else {
            shown
        })
    }

    /// A `Q` where only a value can stand.
    pub(super) fn explicit_q(&mut self, object: &Object) -> Option<String> {
        let value = Value::Object(Box::new(object.clone()));
        let node = Node::of(&value)?;
        self.call_of_q(&node)
    }

    /// `Q(...)` with its children as arguments.
    fn call_of_q(&mut self, node: &Node<'_>) -> Option<String> {
        let mut shown = Vec::new();
        for child in &node.children {
            shown.push(self.child(child)?);
        }
        if node.connector != Connector::And {
            shown.push(format!("_connector = \"{}\"", node.connector.as_str()));
        }
        if node.is_negated {
            shown.push("_negated = true".to_owned());
        }
        Some(format!("Q({})", shown.join(", ")))
    }

    /// A text that stands for the node where it is a child or an operand of its own.
    fn node(&mut self, node: &Node<'_>) -> Option<String> {
        if node.is_odd() {
            return self.call_of_q(node);
        }
        if !node.is_negated {
            return self.children(node);
        }
        match node.children.as_slice() {
            [Child::Lookup(name, value)] => self.negated_lookup(name, value),
            [Child::Expression(value)] => Some(format!("not ({})", self.bare_expression(value)?)),
            _ => Some(format!("not ({})", self.children(node)?)),
        }
    }

    fn children(&mut self, node: &Node<'_>) -> Option<String> {
        let is_alone = node.children.len() == 1;
        let mut shown = Vec::with_capacity(node.children.len());
        for child in &node.children {
            shown.push(match child {
                // Alone, it would be taken for the node itself.
                Child::Node(inner) if is_alone && !inner.is_odd() => {
                    format!("({})", self.node(inner)?)
                }
                child => self.child(child)?,
            });
        }
        Some(shown.join(&format!(" {} ", node.word())))
    }

    fn child(&mut self, child: &Child<'_>) -> Option<String> {
        match child {
            Child::Lookup(name, value) => self.lookup(name, value),
            Child::Node(node) if node.is_negated || node.is_odd() => self.node(node),
            Child::Node(node) => Some(format!("({})", self.node(node)?)),
            Child::Expression(value) => self.bare_expression(value),
        }
    }

    /// `name__gte` and 5 as `name >= 5`.
    fn lookup(&mut self, name: &str, value: &Value) -> Option<String> {
        if let Some(field) = name.strip_suffix("__isnull")
            && let Value::Bool(is_null) = value
            && !field.is_empty()
        {
            let field = text::name(field)?;
            let not = if *is_null { "" } else { "not " };
            return Some(format!("{field} is {not}null"));
        }
        let shown = self.expression(value, Position::Right)?;
        if let Some(field) = name.strip_suffix("__in")
            && !field.is_empty()
        {
            return Some(format!("{} in {shown}", text::name(field)?));
        }
        for (sign, lookup, _) in COMPARISONS {
            if let Some(field) = name.strip_suffix(lookup)
                && let Some(field) = field.strip_suffix("__")
                && !lookup.is_empty()
                && !field.is_empty()
            {
                return Some(format!(
                    "{} {} {shown}",
                    text::name(field)?,
                    shown_sign(*sign)
                ));
            }
        }
        Some(format!("{} = {shown}", text::name(name)?))
    }

    fn negated_lookup(&mut self, name: &str, value: &Value) -> Option<String> {
        let is_exact = !name.ends_with("__in")
            && !name.ends_with("__isnull")
            && COMPARISONS
                .iter()
                .all(|(_, lookup, _)| lookup.is_empty() || !name.ends_with(&format!("__{lookup}")));
        if is_exact {
            let shown = self.expression(value, Position::Right)?;
            return Some(format!("{} != {shown}", text::name(name)?));
        }
        if let Some(field) = name.strip_suffix("__in")
            && !field.is_empty()
        {
            let shown = self.expression(value, Position::Right)?;
            return Some(format!("{} not in {shown}", text::name(field)?));
        }
        Some(format!("not {}", self.lookup(name, value)?))
    }

    /// An expression that is a condition itself.
    fn bare_expression(&mut self, value: &Value) -> Option<String> {
        let Value::Object(object) = value else {
            return None;
        };
        if let Some(class) = object.path.strip_prefix("django.db.models.lookups.")
            && let ([left, right], []) = (object.args.as_slice(), object.kwargs.as_slice())
            // A plain value on the left would be written as a field.
            && let Value::Object(_) = &left.value
        {
            let left_text = self.expression(&left.value, Position::Argument)?;
            let right_text = |writer: &mut Self| writer.expression(&right.value, Position::Right);
            for (sign, _, name) in COMPARISONS {
                if class == *name {
                    let right = right_text(self)?;
                    return Some(format!("{left_text} {} {right}", shown_sign(*sign)));
                }
            }
            match (class, &right.value) {
                ("In", _) => return Some(format!("{left_text} in {}", right_text(self)?)),
                ("IsNull", Value::Bool(is_null)) => {
                    let not = if *is_null { "" } else { "not " };
                    return Some(format!("{left_text} is {not}null"));
                }
                _ => {}
            }
        }
        // `F("is_active")` would be a bare name.
        self.expression(value, Position::Argument)
    }
}

const fn shown_sign(sign: super::super::tree::Comparison) -> &'static str {
    use super::super::tree::Comparison;
    match sign {
        Comparison::Equal => "=",
        Comparison::NotEqual => "!=",
        Comparison::Less => "<",
        Comparison::LessEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterEqual => ">=",
    }
}
