"""Makes an empty database: `python new_database.py URL NAME`."""

from __future__ import annotations

import sys

import psycopg

if __name__ == "__main__":
    with psycopg.connect(sys.argv[1], autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {sys.argv[2]}".encode())
