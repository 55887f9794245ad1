"""The one error of bad settings."""

from collections.abc import Sequence


class SettingsError(Exception):
    """Nothing can be started with these settings; all problems are named.

    Each problem is one line that begins with the key path or the file it is about
    and never holds a secret.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
