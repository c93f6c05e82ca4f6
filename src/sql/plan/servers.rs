//! One plan for several servers.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::{Planner, Settings};
use crate::ir::value::Condition;
use crate::ir::{Migration, Project};
use crate::schema::{Decide, History};
use crate::sql::Server;

/// A plan, replayed for servers. Those that answer alike all that the replay asks share a
/// history, so that a plan without conditions is replayed once.
#[derive(Debug)]
pub struct Histories<'p> {
    histories: Vec<History<'p>>,
    /// Each with the place of its history, in the order given.
    servers: Vec<(Server, usize)>,
}

impl<'p> Histories<'p> {
    /// Replays a plan for servers.
    #[must_use]
    pub fn of(project: &Project, plan: &[&'p Migration], servers: &[Server]) -> Self {
        let mut histories = Vec::new();
        let mut places: Vec<Option<usize>> = vec![None; servers.len()];
        while let Some(first) = places.iter().position(Option::is_none) {
            let open: Vec<usize> = (first..servers.len())
                .filter(|at| places[*at].is_none())
                .collect();
            let answers: Vec<_> = open
                .iter()
                .map(|at| move |condition: &Condition| servers[*at].holds(condition))
                .collect();
            let mut deciders = answers.iter().map(|it| it as Decide<'_>);
            let Some(own) = deciders.next() else {
                break;
            };
            let others: Vec<Decide<'_>> = deciders.collect();
            let (history, alike) = History::of_first(project, plan, own, &others);
            let shares = std::iter::once(true).chain(alike);
            for (at, _) in open.iter().zip(shares).filter(|(_, shares)| *shares) {
                places[*at] = Some(histories.len());
            }
            histories.push(history);
        }
        let places = places.into_iter().flatten();
        Self {
            histories,
            servers: servers.iter().copied().zip(places).collect(),
        }
    }

    /// Each once.
    #[must_use]
    pub fn histories(&self) -> &[History<'p>] {
        &self.histories
    }

    /// Hands each server with its history to `work`, in parallel; results stand in the
    /// order of the servers.
    pub fn for_each<T: Send>(
        &self,
        settings: &Settings,
        work: impl Fn(&Planner<'_>, &History<'p>) -> T + Sync,
    ) -> Vec<T> {
        let servers = self.servers.par_iter();
        servers
            .filter_map(|(server, at)| Some((server, self.histories.get(*at)?)))
            .map(|(server, history)| work(&Planner::new(server, settings), history))
            .collect()
    }
}

/// Replays a plan for servers and hands each of them to `work`, as
/// [`Histories::for_each`] does.
pub fn for_each<T: Send>(
    project: &Project,
    plan: &[&Migration],
    settings: &Settings,
    servers: &[Server],
    work: impl Fn(&Planner<'_>, &History<'_>) -> T + Sync,
) -> Vec<T> {
    Histories::of(project, plan, servers).for_each(settings, work)
}
