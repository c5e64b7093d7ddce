"""The node's database, SQLite or PostgreSQL: the append-only survey journal, links and the index of stored objects.

**A survey is what its journal says; every other column is a projection that could be computed again.**
"""
