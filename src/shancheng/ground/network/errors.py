"""What can go wrong with the walking network.

NetworkError
|- ExtractError       a street extract that cannot be read
|  |- EmptyExtractError    it can be read, but holds no street
|  `- TwoPlacesError       one node stands at two places
|- ReliefError        a raster of heights that cannot be laid under the streets
|- BuildError         parts that do not fit together into a network
`- KeptError          a saved network that cannot be read or written
"""

from pathlib import Path


class NetworkError(Exception):
    """Any fault of the walking network."""


class ExtractError(NetworkError):
    """A street extract cannot be read; says which and what to do."""

    def __init__(self, path: Path, fault: str, advice: str) -> None:
        self.path = path
        super().__init__(f"{path}: {fault} {advice}")


class EmptyExtractError(ExtractError):
    """The extract can be read, but no way in it can be walked or driven on."""


class TwoPlacesError(ExtractError):
    """One node number stands at two places in the same extract."""


class ReliefError(NetworkError):
    """A raster of heights cannot be read, or lies elsewhere; says which and what to do."""

    def __init__(self, path: Path, fault: str, advice: str) -> None:
        self.path = path
        super().__init__(f"{path}: {fault} {advice}")


class BuildError(NetworkError):
    """Parts of a network do not fit together."""


class KeptError(NetworkError):
    """A saved network is missing, half-written, damaged or of another format."""

    def __init__(self, path: Path, fault: str, advice: str) -> None:
        self.path = path
        super().__init__(f"{path}: {fault} {advice}")
