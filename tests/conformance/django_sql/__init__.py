"""What the SQL recordings share: throw-away databases, fixed clocks, collecting SQL.

`tests/conformance/sql.py`, `tests/conformance/schema.py` and `fixtures/sql/record.py`
are the commands over it. Nothing here imports Django before it is configured.
"""
