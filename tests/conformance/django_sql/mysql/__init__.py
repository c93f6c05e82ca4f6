"""Django's MySQL backend on MariaDB, told that the server is MySQL 8.

`ENGINE = "django_sql.mysql"`. The server data is replaced before Django looks at it, so
that Django writes for MySQL. `statements` makes of each statement one that MariaDB can
execute; `base` answers what Django asks of the server's catalogue as MySQL would.
"""
