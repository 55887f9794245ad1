"""An observer of queries that remembers what it was told."""


class Notes:
    """A ``QueryObserver``: names, errors and retries, in order."""

    def __init__(self):
        self.all = []

    def __call__(self, name, seconds, error, retries):
        assert seconds >= 0
        self.all.append((name, error, retries))

    def errors(self):
        return [error for _, error, _ in self.all if error]
