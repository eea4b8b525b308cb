"""What this package raises: the program's or the library's own words."""


class DeepconfError(Exception):
    """What could not be done.

    str(e) is the message as deepconf says it; exit_code is that of the program:
    2 usage, 3 data, 4 model, 5 run file, 6 input or output.
    """

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code

    def __reduce__(self) -> "tuple[type[DeepconfError], tuple[str, int]]":
        return type(self), (str(self), self.exit_code)


class NotFoundError(DeepconfError):
    """The program or the library of C functions is not where it is looked for;
    the message says where that is and what to do. exit_code is 6."""

    def __init__(self, message: str, exit_code: int = 6) -> None:
        super().__init__(message, exit_code)
