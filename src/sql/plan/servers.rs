//! One plan for several servers.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::{Planner, Settings};
use crate::ir::value::Condition;
use crate::ir::{Migration, Project};
use crate::schema::{Decide, History};
use crate::sql::Server;

/// A server with its place among those that were asked for.
type Placed = (usize, Server);

/// A plan, replayed for servers and kept. Those that answer alike all that the replay asks
/// share a history, so that a plan without conditions is replayed once.
#[derive(Debug)]
pub struct Histories<'p> {
    groups: Vec<(History<'p>, Vec<Placed>)>,
}

impl<'p> Histories<'p> {
    /// Replays a plan for servers.
    #[must_use]
    pub fn of(project: &Project, plan: &[&'p Migration], servers: &[Server]) -> Self {
        let keep = |history, servers: &[Placed]| (history, servers.to_vec());
        Self {
            groups: replayed(project, plan, &placed(servers), &keep),
        }
    }

    /// Each once.
    pub fn histories(&self) -> impl Iterator<Item = &History<'p>> {
        self.groups.iter().map(|(history, _)| history)
    }

    /// Hands each server with its history to `work`, in parallel; results stand in the
    /// order of the servers.
    pub fn for_each<T: Send>(
        &self,
        settings: &Settings,
        work: impl Fn(&Planner<'_>, &History<'p>) -> T + Sync,
    ) -> Vec<T> {
        let groups = self.groups.par_iter();
        let done = groups.map(|(history, servers)| planned(history, servers, settings, &work));
        in_order(done.collect())
    }
}

/// Replays a plan for servers and hands each of them to `work` as soon as its history is
/// there, as [`Histories::for_each`] does; keeps no history.
pub fn for_each<T: Send>(
    project: &Project,
    plan: &[&Migration],
    settings: &Settings,
    servers: &[Server],
    work: impl Fn(&Planner<'_>, &History<'_>) -> T + Sync,
) -> Vec<T> {
    let of_group =
        |history: History<'_>, servers: &[Placed]| planned(&history, servers, settings, &work);
    in_order(replayed(project, plan, &placed(servers), &of_group))
}

fn placed(servers: &[Server]) -> Vec<Placed> {
    servers.iter().copied().enumerate().collect()
}

/// What `work` makes of each history with the servers that share it. The plan is replayed
/// for the others while the first are worked on.
fn replayed<'p, T: Send>(
    project: &Project,
    plan: &[&'p Migration],
    servers: &[Placed],
    work: &(impl Fn(History<'p>, &[Placed]) -> T + Sync),
) -> Vec<T> {
    let Some((first, others)) = servers.split_first() else {
        return Vec::new();
    };
    let answers = |(_, server): &Placed| {
        let server = *server;
        move |condition: &Condition| server.holds(condition)
    };
    let of_others: Vec<_> = others.iter().map(answers).collect();
    let deciders: Vec<Decide<'_>> = of_others.iter().map(|it| it as Decide<'_>).collect();
    let (history, alike) = History::of_first(project, plan, &answers(first), &deciders);
    let mut sharing = vec![*first];
    let mut rest = Vec::new();
    for (server, is_alike) in others.iter().zip(alike) {
        let group = if is_alike { &mut sharing } else { &mut rest };
        group.push(*server);
    }
    let (own, others) = rayon::join(
        || work(history, &sharing),
        || replayed(project, plan, &rest, work),
    );
    std::iter::once(own).chain(others).collect()
}

/// Results with the places of their servers.
fn planned<'p, T: Send>(
    history: &History<'p>,
    servers: &[Placed],
    settings: &Settings,
    work: &(impl Fn(&Planner<'_>, &History<'p>) -> T + Sync),
) -> Vec<(usize, T)> {
    let servers = servers.par_iter();
    servers
        .map(|(place, server)| (*place, work(&Planner::new(server, settings), history)))
        .collect()
}

fn in_order<T>(groups: Vec<Vec<(usize, T)>>) -> Vec<T> {
    let mut results: Vec<(usize, T)> = groups.into_iter().flatten().collect();
    results.sort_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}
