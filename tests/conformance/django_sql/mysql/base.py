"""The backend: Django's own, over a cursor and an introspection that know of the two servers."""

from django.db.backends.mysql import base as of_django
from django.db.backends.mysql.introspection import DatabaseIntrospection

from .statements import Server

VERSION = "8.4.0"


class Introspection(DatabaseIntrospection):
    def get_constraints(self, cursor, table_name):
        found = super().get_constraints(cursor, table_name)
        return self.connection.stand_in.constraints(table_name, found)


class Cursor(of_django.CursorWrapper):
    def __init__(self, cursor, stand_in):
        super().__init__(cursor)
        self.stand_in = stand_in

    def execute(self, query, args=None):
        def execute(text):
            return super(Cursor, self).execute(text)

        if args is not None:
            query = self.cursor.mogrify(query, args)
        if not self.stand_in.is_definition(query):
            return execute(query)
        return self.stand_in.execute(query, execute)


class DatabaseWrapper(of_django.DatabaseWrapper):
    introspection_class = Introspection

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.stand_in = Server(of_django.Database.Error)

    @of_django.cached_property
    def mysql_server_data(self):
        data = of_django.DatabaseWrapper.mysql_server_data.func(self)
        return {**data, "version": VERSION}

    def create_cursor(self, name=None):
        return Cursor(self.connection.cursor(), self.stand_in)
