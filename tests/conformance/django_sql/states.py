"""The states within a migration, which Django renders anew each time it runs one.

A recording runs each migration up to four times from the same state, and rendering the
models after each operation is most of what that takes. Here the first run keeps what it
made, and the others go on from there. How an operation runs stays Django's own.
"""

import copy


class States:
    """What a migration's operations make of one state, one after another.

    Unless it `keeps` them, each run makes them anew.
    """

    def __init__(self, migration, *, keeps):
        self.original = migration
        self.keeps = keeps
        self.made = {}

    def migration(self):
        """The migration, to be run once from the state.

        A copy: `RenameModel` swaps its names to go back, and keeps them after an error.
        """
        duplicate = copy.copy(self.original)
        done = []
        duplicate.operations = [
            self.remembering(place, operation, done)
            for place, operation in enumerate(self.original.operations)
        ]
        return duplicate

    def remembering(self, place, operation, done):
        """A copy of an operation; `done` has the places of those that ran before it."""
        duplicate = copy.copy(operation)
        # One of another class may note something on the way that it needs later.
        is_kept = self.keeps and all(map(is_of_django, nested(operation)))
        forwards = duplicate.state_forwards

        def state_forwards(app_label, state):
            done.append(place)
            # What cannot be written as SQL is passed over in some runs.
            key = tuple(done)
            if is_kept and key in self.made:
                become(state, self.made[key].clone())
                return
            forwards(app_label, state)
            if is_kept:
                self.made[key] = state.clone()

        duplicate.state_forwards = state_forwards
        return duplicate


def become(state, other):
    vars(state).clear()
    vars(state).update(vars(other))


def is_of_django(operation):
    return type(operation).__module__.startswith("django.db.")


def nested(operation):
    """An operation, and those that it consists of."""
    yield operation
    for attribute in ("database_operations", "state_operations"):
        for inner in getattr(operation, attribute, None) or ():
            yield from nested(inner)
