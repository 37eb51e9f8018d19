"""The server process: S3, CloudWatch Logs, IAM and EC2 by moto, and a Batch whose jobs really run, on one port.

It runs in an environment of its own (`services.venv.server_venv`); tests talk to it over HTTP only.
"""
