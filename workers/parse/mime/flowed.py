"""Puts format=flowed text back into paragraphs (RFC 3676)."""

_SIGNATURE = "-- "


def unflow(text: str, *, delsp: bool) -> str:
    """Returns format=flowed text (LF line ends) with its soft line breaks joined; `delsp` is the DelSp parameter.

    Only lines of the same quote depth are joined, and never the signature separator (sections 4 and 4.3).
    """
    out: list[str] = []
    paragraph: list[str] = []
    depth = 0

    def close() -> None:
        if paragraph:
            out.append((">" * depth + " " if depth else "") + "".join(paragraph))
            paragraph.clear()

    for line in text.split("\n"):
        content = line.lstrip(">")
        line_depth = len(line) - len(content)
        content = content.removeprefix(" ")
        if line_depth != depth or content == _SIGNATURE:
            close()
        depth = line_depth
        # "> > " is an empty line of a quote in a quote, though its end looks soft
        soft = content.endswith(" ") and content != _SIGNATURE and bool(content.strip("> ") or not depth)
        paragraph.append(content[:-1] if soft and delsp else content)
        if not soft:
            close()
    close()
    return "\n".join(out)
