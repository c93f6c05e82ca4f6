"""A clock that stands still, and random values that are not random.

Django computes the defaults of new columns while it makes SQL. So that recordings
can be compared, what would differ from run to run is fixed here; whoever makes the
same SQL takes the same values.
"""

import datetime
import uuid

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.timezone.utc)
UUID4 = uuid.UUID("01234567-89ab-4cde-8f01-23456789abcd")


def stop():
    """Fixes `timezone.now`, `uuid4` and the clocks of `datetime`, as defaults.

    It must run before migrations are imported, since these take the functions
    themselves. Those of `datetime` cannot be replaced, so that what a field makes of
    them is.
    """
    from django.db.models.fields import Field
    from django.utils import timezone
    from django.utils.functional import cached_property

    timezone.now = lambda: NOW
    uuid.uuid4 = lambda: UUID4
    naive = NOW.replace(tzinfo=None)
    fixed = [
        (datetime.datetime.now, naive),
        (datetime.datetime.utcnow, naive),
        (datetime.datetime.today, naive),
        (datetime.date.today, NOW.date()),
    ]
    of_django = Field._get_default.func

    def get_default(field):
        for clock, value in fixed:
            if field.default == clock:
                return lambda: value
        return of_django(field)

    Field._get_default = cached_property(get_default)
    Field._get_default.__set_name__(Field, "_get_default")
