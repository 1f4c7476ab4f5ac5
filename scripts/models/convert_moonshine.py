"""Moonshine's tokenizer.bin -> the tokens.txt that sherpa-onnx reads.

tokenizer.bin: for each id its length (one byte, or two: low 7 bits with the top bit set,
then the rest) and its bytes. tokens.txt: "<base64 of the bytes> <id>" a line; an empty
token has no line, since sherpa-onnx reads the symbol with `>>`.
"""
import base64

from .conversion import arguments
from .unpack import Package


def tokens(data: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(data):
        length = data[at]
        at += 1
        if length >= 128:
            length += 128 * (data[at] - 1)
            at += 1
        found.append(data[at:at + length])
        at += length
    return found


def main() -> None:
    out, archives = arguments()
    with Package(archives["moonshine-voice"]) as package:
        data = package.read("moonshine_voice/assets/tiny-en/tokenizer.bin")
    lines = [f"{base64.b64encode(token).decode()} {number}\n" for number, token in enumerate(tokens(data)) if token]
    (out / "tokens.txt").write_text("".join(lines))


if __name__ == "__main__":
    main()
