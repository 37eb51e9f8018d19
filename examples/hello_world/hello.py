"""Two tasks, one of which needs the other's result."""

from __future__ import annotations

from redun import task

redun_namespace = "examples.hello_world"


@task
def get_planet(number: int = 3) -> str:
    """Look up a planet, counted from the sun."""
    return ["Mercury", "Venus", "Earth", "Mars"][number - 1]


@task
def greet(greeting: str, planet: str) -> str:
    """Put a greeting together."""
    return f"{greeting}, {planet}!"


@task
def main(greeting: str = "Hello", planet: int = 3) -> str:
    """Greet a planet.

    Parameters
    ----------
    greeting : str
        What to say.
    planet : int
        Which one, counted from the sun.
    """
    return greet(greeting, get_planet(planet))
