//! Stand-ins for parts that other layers supply; nothing here outlives them.

#![allow(
    missing_docs,
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "replaced when the parts arrive"
)]

pub mod lint {
    use crate::diag::Diagnostic;
    use crate::graph::MigrationGraph;
    use crate::ir::Project;

    #[must_use]
    pub fn run(_project: &Project, _graph: &MigrationGraph) -> Vec<Diagnostic> {
        Vec::new()
    }
}
