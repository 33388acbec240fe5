"""What is refused of files of applications; what is wrong with a file itself is said by `uploads`."""

from citizen_portal.errors import DomainError


class TooManyFiles(DomainError):
    """There is room for `most` files."""

    def __init__(self, most: int) -> None:
        super().__init__(str(most))
        self.most = most
