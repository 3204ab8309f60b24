"""What can go wrong, each a sentence that names the thing and the remedy."""


class ProofsheetError(Exception):
    """A sentence for the person in front of the screen: what is wrong, and what to do about it."""


class BadInput(ProofsheetError):  # noqa: N818
    """What was given cannot be used."""


class Refused(BadInput):
    """Understood, but it will not be done: a checkpoint or file that is not opened, a gate that cannot answer."""


class NotFound(ProofsheetError):  # noqa: N818
    """Nothing has this name or id."""


class Conflict(ProofsheetError):  # noqa: N818
    """Somebody else got there first."""


class Cancelled(ProofsheetError):  # noqa: N818
    """A person asked the work to stop."""


class SteppedAside(Cancelled):
    """Long work lets others go first; it goes on from where it is when they are done."""
