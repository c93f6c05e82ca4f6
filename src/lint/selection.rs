//! Which rules count where, and how gravely: what a configuration says, resolved.
//!
//! A name may be a rule's, a category's or a group's; the nearer one wins, and where
//! both are as near, `ignore` does. A category selects those of its rules that are
//! recommended: taste is asked for by name.

use super::rule::{Category, Group, Rule};
use super::rules::RULES;
use crate::diag::Level;
use crate::diag::wording::did_you_mean;
use crate::ir::policy::{AppPolicy, Policy};

/// How near a selector names a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Nearness {
    All,
    Group,
    Category,
    Rule,
}

fn names(selector: &str, rule: &Rule) -> Option<Nearness> {
    if selector == rule.name {
        Some(Nearness::Rule)
    } else if selector == rule.category.as_str() {
        Some(Nearness::Category)
    } else if selector == rule.group.as_str() {
        Some(Nearness::Group)
    } else if selector == "all" {
        Some(Nearness::All)
    } else {
        None
    }
}

fn nearness<S: AsRef<str>>(selectors: &[S], rule: &Rule) -> Option<Nearness> {
    let each = selectors.iter();
    each.filter_map(|it| names(it.as_ref(), rule)).max()
}

/// As [`nearness`], where rules are asked for.
fn wanted<S: AsRef<str>>(selectors: &[S], rule: &Rule) -> Option<Nearness> {
    let each = selectors.iter();
    each.filter_map(|it| names(it.as_ref(), rule))
        .filter(|it| *it != Nearness::Category || rule.group == Group::Recommended)
        .max()
}

/// Whether some rule goes by a name, alone or with others.
#[must_use]
pub fn is_selector(name: &str) -> bool {
    RULES.iter().any(|rule| names(name, rule).is_some())
}

/// Whether a selector names a rule, alone or with others.
pub(super) fn names_rule(selector: &str, rule: &Rule) -> bool {
    names(selector, rule).is_some()
}

/// Whether a rule that a selector names counts for an app's migrations, or for those
/// that ran long ago.
pub(super) fn looks_for(
    policy: &Policy,
    app: Option<&str>,
    selector: &str,
    is_settled: bool,
) -> bool {
    let mut named = RULES.iter().filter(|rule| names_rule(selector, rule));
    named.any(|rule| {
        is_selected(policy, app, rule) && !(is_settled && rule.category.judges_execution())
    })
}

/// The selector that was meant.
#[must_use]
pub fn nearest(name: &str) -> Option<&'static str> {
    let groups = [Group::Recommended, Group::Strict].map(Group::as_str);
    let rules = RULES.iter().map(|rule| rule.name);
    let categories = Category::ALL.iter().map(|it| it.as_str());
    did_you_mean(name, rules.chain(categories).chain(groups).chain(["all"]))
}

/// Whether a rule counts for an app's migrations, whatever file they are in.
pub(super) fn is_selected(policy: &Policy, app: Option<&str>, rule: &Rule) -> bool {
    let own = of_app(policy, app);
    let recommended = (rule.group == Group::Recommended).then_some(Nearness::Group);
    let selected = match &policy.select {
        None => recommended,
        Some(select) => wanted(select, rule),
    };
    let extended = wanted(&policy.extend_select, rule);
    let for_app = own.and_then(|own| wanted(&own.extend_select, rule));
    let selected = selected.max(extended).max(for_app);
    let ignored =
        nearness(&policy.ignore, rule).max(own.and_then(|own| nearness(&own.ignore, rule)));
    selected.is_some() && selected > ignored
}

/// Whether a rule counts anywhere in a project.
pub(super) fn is_applied(policy: &Policy, rule: &Rule) -> bool {
    let mut apps = policy.per_app.iter();
    is_selected(policy, None, rule)
        || apps.any(|own| is_selected(policy, Some(own.app.as_str()), rule))
}

/// Whether a finding counts in a file.
pub(super) fn counts(policy: &Policy, app: Option<&str>, shown: &str, rule: &Rule) -> bool {
    is_selected(policy, app, rule)
        && policy
            .per_file_ignores
            .iter()
            .all(|it| nearness(&it.ignore, rule).is_none() || !it.files.matches(shown))
}

/// The level that a rule's findings have, if the configuration says one.
pub(super) fn level(policy: &Policy, app: Option<&str>, rule: &Rule) -> Option<Level> {
    let own = of_app(policy, app).map_or(&[][..], |own| &own.severity);
    let nearest = |severity: &[(smol_str::SmolStr, Level)]| {
        let each = severity.iter();
        each.filter_map(|(name, level)| Some((names(name, rule)?, *level)))
            .max_by_key(|(nearness, _)| *nearness)
            .map(|(_, level)| level)
    };
    nearest(own).or_else(|| nearest(&policy.severity))
}

fn of_app<'p>(policy: &'p Policy, app: Option<&str>) -> Option<&'p AppPolicy> {
    let mut apps = policy.per_app.iter();
    apps.find(|own| Some(own.app.as_str()) == app)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str) -> &'static Rule {
        crate::lint::rule(name).expect("a rule")
    }

    #[test]
    fn the_nearer_name_wins() {
        let names = |names: &[&str]| names.iter().map(|it| (*it).into()).collect::<Vec<_>>();
        let policy = |select: Option<&[&str]>, ignore: &[&str]| Policy {
            select: select.map(names),
            ignore: names(ignore),
            ..Policy::default()
        };
        let index = rule("blocking-index");
        let is = |policy: &Policy| is_selected(policy, None, index);
        assert!(is(&policy(None, &[])));
        assert!(!is(&policy(None, &["locking"])));
        assert!(!is(&policy(Some(&["rollout"]), &[])));
        assert!(is(&policy(Some(&["blocking-index"]), &["locking"])));
        assert!(!is(&policy(Some(&["blocking-index"]), &["blocking-index"])));
        assert!(is(&policy(Some(&["locking"]), &["all"])));
        let timeout = rule("missing-lock-timeout");
        let is_timeout = |policy: &Policy| is_selected(policy, None, timeout);
        assert!(!is_timeout(&policy(None, &[])));
        assert!(!is_timeout(&policy(Some(&["locking"]), &[])));
        assert!(is_timeout(&policy(Some(&["strict"]), &[])));
        assert!(is_timeout(&policy(Some(&["locking", "strict"]), &[])));
        assert!(is_selector("locking") && is_selector("all") && !is_selector("blocking"));
        assert_eq!(nearest("blocking-indx"), Some("blocking-index"));
    }
}
