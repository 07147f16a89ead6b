"""What can be wrong with what a series method is given, said for the person who can mend it.

SeriesError
├── BadRule        a rule that contradicts itself, or asks for what there is not
├── BadReadings    readings or counts that are not of the shape, the range or the length that is needed
└── BadSnapshot    a kept state that is damaged, or of other sensors than the ones it is restored for
"""


class SeriesError(Exception):
    """A series method was given what it cannot work with, in one sentence."""


class BadRule(SeriesError):
    """A rule contradicts itself, or asks for what there is not."""


class BadReadings(SeriesError):
    """Readings, counts or times are not of the shape, the range or the length that is needed."""


class BadSnapshot(SeriesError):
    """A kept state is damaged, or belongs to other sensors."""
