"""Writes what PyTorch and Python's tokenizers make of twenty sentences with the weights of all-MiniLM-L6-v2.

    pip install -r scripts/reference/requirements.txt
    python scripts/reference/minilm.py FOLDER packages/examples/test/golden

FOLDER holds config.json, model.safetensors, tokenizer.json and sentence_bert_config.json. Written are minilm.json, texts
with their tokens, and minilm.safetensors, an embedding for each of the first twenty texts.
"""

import hashlib
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import BertModel

SENTENCES = [
    "A man is playing a guitar.",
    "Someone plays an instrument on stage.",
    "The cat sits on the windowsill and watches birds.",
    "Ein Mann spielt Gitarre.",
    "How do I reset my password?",
    "I forgot my login, what now?",
    "Where is my parcel?",
    "The quarterly report shows a rise in revenue of 12.5 % to $3,400,000.",
    "Gradient descent follows the slope of the loss.",
    "Café, naïve, Ångström, crème brûlée: accents are stripped.",
    "東京は日本の首都です。",
    "ΣΊΣΥΦΟΣ rolls his stone.",
    "Emoji 😀 have no place in the vocabulary 🎸.",
    "donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "don't, can't, won't -- it's \"quoted\" (and nested [brackets])",
    "",
    "x",
    "SHOUTING IS LOWERCASED",
    "tabs\tand\nnew\u00a0lines are spaces",
    "Words " + "and more words, " * 120 + "the last of which do not fit.",
]

# Texts whose tokens alone are compared.
TEXTS = [
    " ",
    "a" * 100,
    "a" * 101,
    "[CLS] [MASK] and [SEP] are special, [mask] is not.",
    "zero\u200bwidth, soft\u00adhyphen, nul\u0000, \ufffd",
    "e\u0301 is é, ﬁ is a ligature, ß stays, İstanbul",
    "𠀀𠀁 beyond 16 bits, 漢字kanji mixed",
    "한국어 हिन्दी ไทย العربية עברית",
    "«quotes» — dash… ١٢٣ ⅷ ½ ~^`|<>=+$€£",
    "ΣΑΣ ΣΣ σς",
    "word " * 254,
    "word " * 255,
    "🙂" * 300,
]


def main() -> None:
    folder, out = map(Path, sys.argv[1:])
    weights = folder / "model.safetensors"
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    max_length = json.loads((folder / "sentence_bert_config.json").read_text())["max_seq_length"]
    tokenizer.enable_truncation(max_length)
    tokenizer.no_padding()
    model = BertModel.from_pretrained(folder, attn_implementation="eager").eval()

    ids = [tokenizer.encode(text).ids for text in SENTENCES + TEXTS]
    with torch.no_grad():
        embeddings = [embed(model, tokens) for tokens in ids[: len(SENTENCES)]]
    cases = [{"text": text, "ids": tokens} for text, tokens in zip(SENTENCES + TEXTS, ids)]
    lines = ",\n".join(f"    {json.dumps(case, separators=(',', ':'))}" for case in cases)
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    (out / "minilm.json").write_text(f'{{\n  "sha256": "{digest}",\n  "cases": [\n{lines}\n  ]\n}}\n')
    save_file({"embeddings": torch.stack(embeddings)}, out / "minilm.safetensors")


def embed(model: BertModel, ids: list[int]) -> torch.Tensor:
    """The mean of the hidden states, of length 1: pooling and normalisation of sentence-transformers."""
    hidden = model(torch.tensor([ids])).last_hidden_state[0]
    return torch.nn.functional.normalize(hidden.mean(0), dim=0)


main()
