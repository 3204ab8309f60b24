"""A wall around models: what a stranger's file says runs in a process that can reach nothing but itself."""

from core.wall.rules import Rules
from core.wall.state import State, check, state

__all__ = ["Rules", "State", "check", "state"]
