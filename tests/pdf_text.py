"""The text of a PDF that matplotlib wrote with TrueType fonts."""

import re
import zlib
from pathlib import Path


def text_of(path: Path) -> str:
    """Return the texts of a PDF, one per line, as they were drawn; only Latin-1 characters are right."""
    streams = re.findall(rb"stream\r?\n(\x78.*?)endstream", path.read_bytes(), re.DOTALL)
    contents = (zlib.decompressobj().decompress(stream) for stream in streams)
    texts = [text for content in contents for text in re.findall(rb"BT\n(.*?)\nET\n", content, re.DOTALL)]
    return "\n".join(map(_characters, texts))


def _characters(text: bytes) -> str:
    strings = re.findall(rb"\(((?:\\.|[^\\)])*)\)", text, re.DOTALL)
    return re.sub(rb"\\(.)", rb"\1", b"".join(strings), flags=re.DOTALL).decode("utf-16-be")
