"""A linear programme given to HiGHS, quietly, with the price of every limit and the range in which it holds."""

from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt
from highspy._core import _Highs

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class NoAnswer(ArithmeticError):
    """A programme without an answer: infeasible, unbounded or given up; `status` is HiGHS's word for it."""

    def __init__(self, status: str) -> None:
        super().__init__(f"The linear programme has no answer; HiGHS calls it '{status}'.")
        self.status = status


@dataclass(frozen=True)
class Programme:
    """Minimise cost . x with lower <= x <= upper and row_lower <= A x <= row_upper; A in compressed rows."""

    cost: Floats
    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats
    start: Integers
    """(rows + 1,)"""
    index: Integers
    value: Floats


@dataclass(frozen=True)
class Answer:
    """Where the least is, what it costs, and how the cost changes with each limit."""

    values: Floats
    cost: float
    row_price: Floats
    """(rows,) change of the cost per unit of the row's binding limit."""
    row_range: Floats
    """(2, rows) lowest and highest value of that limit at which the price holds."""
    bound_price: Floats
    """(columns,) change of the cost per unit of the variable's binding bound."""
    bound_range: Floats
    """(2, columns)"""


def solve(programme: Programme) -> Answer:
    """The answer by the dual simplex method on one thread (Huangfu and Hall 2018), or NoAnswer.

    At a degenerate answer there is more than one right price; the one given holds in the range given, which may then
    lie on one side of the limit only.
    """
    # The public `Highs` prints a banner on standard output as it is made; what it is made of does not.
    solver = _Highs()
    for option, value in (("output_flag", False), ("solver", "simplex"), ("threads", 1)):
        solver.setOptionValue(option, value)
    solver.passModel(_model(programme))
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise NoAnswer(solver.modelStatusToString(solver.getModelStatus()))
    solution, (_, ranging) = solver.getSolution(), solver.getRanging()
    return Answer(
        values=np.array(solution.col_value) + 0.0,
        cost=float(solver.getInfo().objective_function_value),
        row_price=np.array(solution.row_dual) + 0.0,
        row_range=np.array([ranging.row_bound_dn.value_, ranging.row_bound_up.value_]),
        bound_price=np.array(solution.col_dual) + 0.0,
        bound_range=np.array([ranging.col_bound_dn.value_, ranging.col_bound_up.value_]),
    )


def _model(programme: Programme) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(programme.cost), len(programme.row_lower)
    model.col_cost_, model.col_lower_, model.col_upper_ = programme.cost, programme.lower, programme.upper
    model.row_lower_, model.row_upper_ = programme.row_lower, programme.row_upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_ = programme.start, programme.index
    model.a_matrix_.value_ = programme.value
    return model
