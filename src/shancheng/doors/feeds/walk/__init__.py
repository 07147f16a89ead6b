"""From a row to the acts that walk it through the loop at its own times."""

from shancheng.doors.feeds.walk.plan import PATH, Deed, Plan, Planner, matter_id

__all__ = ["PATH", "Deed", "Plan", "Planner", "matter_id"]
