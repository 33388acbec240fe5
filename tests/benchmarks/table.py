"""How the figures are printed: a heading, and a line for each thing that was measured, the baseline first."""

WIDTH = 46


def heading(title: str, *columns: str) -> None:
    """Begin a table."""
    print(f"\n{title}")
    line("", *columns)


def line(label: str, *cells: float | str) -> None:
    """One line of it."""
    texts = [cell if isinstance(cell, str) else f"{cell:.1f}" for cell in cells]
    print(f"{label:{WIDTH}}{''.join(f'{text:>14}' for text in texts)}".rstrip(), flush=True)


def writes(title: str, bare: float, named: str, ours: float) -> None:
    """A table of something that is written beside a bare INSERT of the same row, by the seconds that each takes."""
    heading(title, "a second", "p50 ms", "times bare")
    line("a bare INSERT of the same row", 1 / bare, bare * 1000, "1.0")
    line(named, 1 / ours, ours * 1000, ours / bare)
