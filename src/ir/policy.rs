//! What a configuration says about rules and about what is to be judged.

use std::fmt;
use std::sync::Arc;

use smol_str::SmolStr;

use super::names::AppLabel;
use crate::base::Span;
use crate::diag::Level;

/// A configuration's word on rules. Names are those of rules, of categories
/// (`locking`) and of groups (`recommended`, `strict`, `all`).
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// `None` for the recommended rules.
    pub select: Option<Vec<SmolStr>>,
    pub extend_select: Vec<SmolStr>,
    pub ignore: Vec<SmolStr>,
    pub severity: Vec<(SmolStr, Level)>,
    pub per_file_ignores: Vec<PerFileIgnore>,
    pub per_app: Vec<AppPolicy>,
    /// Suppressions must say why.
    pub require_reason: bool,
    /// Where judging begins.
    pub since: Vec<Since>,
    /// Models (`shop.order`) and tables (`shop_order`) that hold few rows.
    pub small: Vec<SmolStr>,
}

/// What holds for the migrations of one app.
#[derive(Debug, Clone)]
pub struct AppPolicy {
    pub app: AppLabel,
    pub ignore: Vec<SmolStr>,
    pub extend_select: Vec<SmolStr>,
    pub severity: Vec<(SmolStr, Level)>,
}

/// Rules that do not hold for some files.
#[derive(Debug, Clone)]
pub struct PerFileIgnore {
    pub files: Arc<dyn PathPattern>,
    pub ignore: Vec<SmolStr>,
}

/// Files by their paths as shown to people.
pub trait PathPattern: fmt::Debug + Send + Sync {
    fn matches(&self, shown: &str) -> bool;
}

/// A point of the history before which migrations are context only: they were applied
/// long ago, and nobody can change what they do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// The first one that is judged, by its app and its name or the start of it.
    Migration {
        app: AppLabel,
        name: SmolStr,
        span: Span,
    },
    /// `2024-06-30`: the first day.
    Date(SmolStr),
}
