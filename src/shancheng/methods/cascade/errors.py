"""What can be wrong with a supply network, a scenario or a repair plan, each said in a sentence.

CascadeError
├── NetworkError     assets, supply groups or links that do not fit together
├── ScenarioError    failures, repairs, weights or horizons that cannot be used
└── RepairError      a repair plan whose tables do not fit the broken assets
"""


class CascadeError(ValueError):
    """Anything that keeps a cascade from being worked out."""


class NetworkError(CascadeError):
    """The supply network is not one: the sentence names the group or asset."""


class ScenarioError(CascadeError):
    """What is to fail, be repaired or be weighed cannot be used."""


class RepairError(CascadeError):
    """The repair plan does not fit the broken assets."""
