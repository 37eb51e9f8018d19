"""Signatures of recorded payloads: who cannot sign cannot make others unpickle anything."""
