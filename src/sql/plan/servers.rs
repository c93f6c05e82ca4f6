//! One plan for several servers.

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::{Planner, Settings};
use crate::ir::value::Condition;
use crate::ir::{Migration, Project};
use crate::schema::{Decide, History};
use crate::sql::Server;

/// Replays a plan for servers and hands each of them to `work`, in parallel; results
/// stand in the order of the servers. Those that answer alike all that the replay asks
/// share it, so that a plan without conditions is replayed once.
pub fn for_each<T: Send>(
    project: &Project,
    plan: &[&Migration],
    settings: &Settings,
    servers: &[Server],
    work: impl Fn(&Planner<'_>, &History<'_>) -> T + Sync,
) -> Vec<T> {
    let task = Task {
        project,
        plan,
        settings,
        work: &work,
    };
    let mut results = task.run(&servers.iter().enumerate().collect::<Vec<_>>());
    results.sort_by_key(|(position, _)| *position);
    results.into_iter().map(|(_, result)| result).collect()
}

struct Task<'a, W> {
    project: &'a Project,
    plan: &'a [&'a Migration],
    settings: &'a Settings,
    work: &'a W,
}

impl<W> Task<'_, W> {
    /// Results with the positions of their servers.
    fn run<T>(&self, servers: &[(usize, &Server)]) -> Vec<(usize, T)>
    where
        T: Send,
        W: Fn(&Planner<'_>, &History<'_>) -> T + Sync,
    {
        let Some((first, others)) = servers.split_first() else {
            return Vec::new();
        };
        let answers = |server: &Server| {
            let server = *server;
            move |condition: &Condition| server.holds(condition)
        };
        let of_others: Vec<_> = others.iter().map(|(_, server)| answers(server)).collect();
        let deciders: Vec<Decide<'_>> = of_others.iter().map(|it| it as Decide<'_>).collect();
        let (history, alike) =
            History::of_first(self.project, self.plan, &answers(first.1), &deciders);
        let mut sharing = vec![*first];
        let mut rest = Vec::new();
        for (server, is_alike) in others.iter().zip(alike) {
            let group = if is_alike { &mut sharing } else { &mut rest };
            group.push(*server);
        }
        let plan = |(position, server): (usize, &Server)| {
            let planner = Planner::new(server, self.settings);
            (position, (self.work)(&planner, &history))
        };
        let (mut done, rest) = rayon::join(
            || sharing.into_par_iter().map(plan).collect::<Vec<_>>(),
            || self.run(&rest),
        );
        done.extend(rest);
        done
    }
}
