"""Two trees side by side: which place is which, and what changed between them."""

from shancheng.ground.pack.comparing.changes import Change, compare
from shancheng.ground.pack.comparing.names import plain_name, stem
from shancheng.ground.pack.comparing.tree import Spot, Tree, spot, tree_of

__all__ = ["Change", "Spot", "Tree", "compare", "plain_name", "spot", "stem", "tree_of"]
