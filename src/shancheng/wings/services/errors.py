"""What the services wing refuses.

ServicesError
└── WishError   what was asked for cannot be answered from what is there
"""


class ServicesError(Exception):
    """Something about walking, reaching or siting that cannot be done; the message says what to do next."""


class WishError(ServicesError):
    """A question that the network, the homes or the facilities cannot answer."""
