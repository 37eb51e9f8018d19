"""Repositories by name, and records that go from one to another."""
