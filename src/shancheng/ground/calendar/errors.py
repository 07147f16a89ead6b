"""What can go wrong with working time: CalendarError > OutsideCalendarError."""


class CalendarError(ValueError):
    """Working time that cannot be worked out; the sentence says why and what to do."""


class OutsideCalendarError(CalendarError):
    """An instant, or the end of a budget, outside the years a calendar is worked out for."""

    def __init__(self, key: str, first_year: int, last_year: int) -> None:
        super().__init__(
            f"Calendar {key} is worked out for the years {first_year} to {last_year}; this start or this budget leads "
            f"outside them. Look for a wrong date, or a budget far longer than the working time of the week."
        )
