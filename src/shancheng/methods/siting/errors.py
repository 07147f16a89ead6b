"""What can be wrong with a question of where to build, each said in a sentence.

SitingError
├── ReachError         pairs of site and demand that do not fit together
├── DemandError        demand or capacity that cannot be served or counted
├── AllowanceError     a number of sites, a budget or existing sites that contradict one another
├── NothingInReach     a question whose every answer is nothing, for no site reaches any demand
├── NoChoice           no choice of sites keeps all that was asked for
└── SolverError        the solver does not run at all
"""


class SitingError(ValueError):
    """Anything that keeps sites from being chosen."""


class ReachError(SitingError):
    """The pairs of site and demand do not fit together: the sentence names the first that is wrong and how many are."""


class DemandError(SitingError):
    """Demand, capacity, cost or floors are of the wrong length, negative or not a number."""


class AllowanceError(SitingError):
    """How many sites, how much money and which sites there are already contradict one another."""


class NothingInReach(SitingError):
    """No site reaches any demand, so that one choice is as good as another."""


class NoChoice(SitingError):
    """No choice of sites keeps all that was asked for, or none was found within the bounds of the search."""


class SolverError(SitingError):
    """The solver does not run, whatever it is given."""
