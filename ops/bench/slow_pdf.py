"""PDFs that take long to look into, as somebody makes them who wants others to wait: small, whole and harmless."""

from io import BytesIO

import pikepdf

#: In each object a text that reads like a script's name, so that the object is looked at closer, and things to look at.
_SIGN, _PARTS = "/JS", 6


def slow_pdf(objects: int) -> bytes:
    """A PDF with so many objects; 30,000 take about a second."""
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
