"""What can be wrong with a graph, its sources, links or tiles, each said in a sentence.

GraphError
├── ArcsError       arcs that do not make a graph: shapes, negative costs, nodes that are not there
├── SourcesError    facilities that do not fit the graph or the question
├── SearchError     a limit, a number or an amount that cannot be searched
├── LinksError      candidate links or weights that do not fit the graph
└── TileError       tiles that cannot be cut, or whose halo is too narrow to be exact
"""


class GraphError(ValueError):
    """Anything that keeps a search on a graph from being done."""


class ArcsError(GraphError):
    """The arcs make no graph: the sentence names the first that is wrong and how many are."""


class SourcesError(GraphError):
    """The facilities do not fit the graph: the sentence names the first that is wrong and how many are."""


class SearchError(GraphError):
    """The question cannot be answered: a limit below nothing, too many nearest, too many pairs to hold."""


class LinksError(GraphError):
    """The candidate links or the weights of nodes do not fit the graph."""


class TileError(GraphError):
    """A tile cannot be cut, or its halo is narrower than a path within the limit may need."""
