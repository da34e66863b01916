"""PDFs that take long to examine, as an attacker would send them to delay other mail: small, valid and harmless."""

from io import BytesIO

import pikepdf

#: In each object: a text that looks like the name of a script, so that the object is examined, and how many parts.
_SIGN, _PARTS = "/JS", 6


def slow_pdf(objects: int) -> bytes:
    """Returns a PDF with `objects` objects; 30,000 objects take about a second to examine."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        parts = [pikepdf.Dictionary(Part=number) for number in range(_PARTS)]
        made = [
            pdf.make_indirect(pikepdf.Dictionary(Title=pikepdf.String(_SIGN), Parts=pikepdf.Array(parts)))
            for _ in range(objects)
        ]
        pdf.Root.Shelf = pdf.make_indirect(pikepdf.Array(made))
        out = BytesIO()
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True)
    return out.getvalue()
