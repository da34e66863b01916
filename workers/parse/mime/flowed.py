"""format=flowed text put back into paragraphs (RFC 3676)."""

_SIGNATURE = "-- "


def unflow(text: str, *, delsp: bool) -> str:
    """Join the soft line breaks of format=flowed text with LF line ends; `delsp` is the DelSp parameter (section 4).

    Lines are joined only within one quote depth; the signature separator is never joined (section 4.3).
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
        level = len(line) - len(content)
        content = content.removeprefix(" ")
        if level != depth or content == _SIGNATURE:
            close()
        depth = level
        soft = content.endswith(" ") and content != _SIGNATURE
        paragraph.append(content[:-1] if soft and delsp else content)
        if not soft:
            close()
    close()
    return "\n".join(out)
