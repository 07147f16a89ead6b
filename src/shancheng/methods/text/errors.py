"""What can be wrong with texts and rows handed to the methods, said for the person who can mend it.

TextError
├── NothingToLearn   no rows, too few of a class, or one class only
├── WrongShape       arrays that do not belong together
└── NotUsable        a value that is no number, or a setting out of its bounds
"""


class TextError(ValueError):
    """Something the methods for texts and matters cannot work with, in one sentence."""


class NothingToLearn(TextError):
    """There is too little to learn from."""


class WrongShape(TextError):
    """Two arrays that should be of one length are not."""


class NotUsable(TextError):
    """A value that is no number, or outside its bounds."""


def same_length(**arrays: object) -> int:
    """The one length of all these sequences; WrongShape names the two that differ."""
    lengths = {name: len(array) for name, array in arrays.items()}  # type: ignore[arg-type]
    first, length = next(iter(lengths.items()))
    for name, other in lengths.items():
        if other != length:
            raise WrongShape(f"There are {length} {first} and {other} {name}; give one for each.")
    return length
