"""What can be wrong with what a composite index is given, said for the person who can mend it.

CompositeError
├── BadFigures     figures that are missing where none may be, infinite, alike everywhere, or of the wrong shape
├── BadTree        a tree of indicators that is no tree, or whose weights or directions cannot be used
├── BadRecipe      a setting that contradicts itself, or means that do not fit the scale
└── TreatedTwice   a table whose outliers have been treated already
"""


class CompositeError(Exception):
    """A composite index was given what it cannot work with, in one sentence."""


class BadFigures(CompositeError):
    """Figures are missing where none may be, infinite, alike everywhere, or of the wrong shape."""


class BadTree(CompositeError):
    """The tree of indicators is no tree, or its weights or directions cannot be used."""


class BadRecipe(CompositeError):
    """A setting contradicts itself, or the means do not fit the scale."""


class TreatedTwice(CompositeError):
    """Outliers are treated from raw figures, once: a second treatment changes the result and leaves no trace in it."""
