"""What can be wrong with a network, a demand or a question about them, each said in a sentence.

EquilibriumError
├── NetworkError     links that are none, or times and capacities that cannot be
├── DemandError      demand from or to nowhere, below nothing, or without a way
└── FormatError      a text that is not in the TNTP format
"""


class EquilibriumError(ValueError):
    """Anything that keeps an equilibrium from being worked out."""


class NetworkError(EquilibriumError):
    """The network is not one: the sentence names the link."""


class DemandError(EquilibriumError):
    """The demand cannot be carried as it is: the sentence names the pair."""


class FormatError(EquilibriumError):
    """The text cannot be read: the sentence names the line."""
