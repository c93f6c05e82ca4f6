"""Defaults that are the same in every run.

Django computes the defaults of new columns while it makes SQL. So that recordings
can be compared, the clock stands still and random values are not random; whoever
makes the same SQL takes the same values. Every other function that gives a default
is a value that only Python could compute, and is noted.
"""

import datetime
import uuid

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.timezone.utc)
UUID4 = uuid.UUID("01234567-89ab-4cde-8f01-23456789abcd")

# What a function gives whose data does not exist, since `RunPython` was left out.
STAND_IN = 1

# The functions that were called, since `clear`: what a recording calls placeholders.
called = []
values = {}


def fix():
    """Fixes `timezone.now`, `uuid4` and the clocks of `datetime`, as defaults.

    It must run before migrations are imported, since these take the functions
    themselves. Those of `datetime` cannot be replaced, so that what a field makes of
    them is.
    """
    from django.db.backends.base import schema
    from django.db.models.fields import NOT_PROVIDED, Field
    from django.utils import timezone
    from django.utils.functional import cached_property

    timezone.now = lambda: NOW
    uuid.uuid4 = lambda: UUID4
    naive = NOW.replace(tzinfo=None)
    clocks = [
        (datetime.datetime.now, naive),
        (datetime.datetime.utcnow, naive),
        (datetime.datetime.today, naive),
        (datetime.date.today, NOW.date()),
    ]
    known = [timezone.now, uuid.uuid4, dict, list, set, tuple, str, bytes, int, float, bool]
    known.append(NOT_PROVIDED)  # A class, and so callable.
    # `auto_now` of dates and times asks the module of the schema editors.
    schema.datetime = type("Stopped", (datetime.datetime,), {"now": lambda: naive})
    of_django = Field._get_default.func

    def get_default(field):
        default = field.default
        for clock, value in clocks:
            if default == clock:
                return lambda: value
        if callable(default) and default not in known:
            return lambda: call(field, default)
        return of_django(field)

    Field._get_default = cached_property(get_default)
    Field._get_default.__set_name__(Field, "_get_default")


def call(field, function):
    """Calls a function once for a field, so that a random value stays what it is."""
    model = field.model._meta.label
    key = model, field.name, function
    if key not in values:
        try:
            values[key] = function()
        except Exception:
            values[key] = STAND_IN
    place = {
        "model": model,
        "field": field.name,
        "function": f"{function.__module__}.{function.__qualname__}",
        "value": str(values[key]),
    }
    if place not in called:
        called.append(place)
    return values[key]
