"""Moonshine's tokenizer.bin -> the tokens.txt that sherpa-onnx reads; its networks -> OpenVINO (moonshine_graph).

tokenizer.bin: for each id its length (one byte, or two: low 7 bits with the top bit set,
then the rest) and its bytes. tokens.txt: "<base64 of the bytes> <id>" a line; an empty
token has no line, since sherpa-onnx reads the symbol with `>>`.
"""
import base64

from .conversion import arguments, report
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
    # Only the conversion itself needs these packages.
    import openvino as ov

    from . import moonshine_graph, moonshine_ort

    out, archives = arguments()
    report(0.0, "reading the networks")
    assets = "moonshine_voice/assets/tiny-en/"
    with Package(archives["moonshine-voice"]) as package:
        data = package.read(assets + "tokenizer.bin")
        encoder = moonshine_ort.read(package.read(assets + "encoder_model.ort"))
        decoder = moonshine_ort.read(package.read(assets + "decoder_model_merged.ort"))
    branch = next(node for node in decoder.nodes if node.operator == "If").graphs["else_branch"]
    report(0.3, "building the encoder")
    ov.save_model(moonshine_graph.build_encoder(encoder, [decoder, branch]), out / "encoder.xml", compress_to_fp16=False)
    report(0.6, "building the decoder")
    ov.save_model(moonshine_graph.build_decoder([decoder, branch]), out / "decoder.xml", compress_to_fp16=False)
    lines = [f"{base64.b64encode(token).decode()} {number}\n" for number, token in enumerate(tokens(data)) if token]
    (out / "tokens.txt").write_text("".join(lines))


if __name__ == "__main__":
    main()
