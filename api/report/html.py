"""The report as one HTML file that needs nothing else."""

from api.figures import draw
from api.report.document import Document
from api.templating import render, stylesheet


def html(document: Document) -> bytes:
    """UTF-8; figures are drawn inside, and every link leads within the file."""
    words = document.words
    return render(
        "report.html",
        document.language,
        document=document,
        words=words,
        css=stylesheet(),
        numbers=document.numbered_tables(),
        figures={id(figure): f"{words['figure']} {n}" for n, figure in enumerate(document.figures(), 1)},
        kind=lambda block: type(block).__name__,
        place=id,
        draw=lambda figure: draw(figure.specification, figure.language),
    ).encode()
