"""From a row to the commands that walk it through the loop at its own times."""

from shancheng.doors.feeds.walk.plan import Plan, Planner, matter_id

__all__ = ["Plan", "Planner", "matter_id"]
