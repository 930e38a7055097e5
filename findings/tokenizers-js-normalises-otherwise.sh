#!/usr/bin/env bash
# @huggingface/tokenizers 0.2.0 (npm) makes other tokens than the Python and Rust tokenizers 0.23 of the same
# tokenizer.json, with a BertNormalizer that makes small letters: it does so for the whole text, where Rust goes character
# by character, so that the last sigma of a Greek word becomes "ς" instead of "σ", which is another entry of the
# vocabulary. "σ" for "Σ" before the text is handed over makes the tokens the same.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module", "private": true }' >package.json
npm install --silent --no-audit --no-fund @huggingface/tokenizers@0.2.0
cat >tokenizer.json <<'JSON'
{ "version": "1.0", "added_tokens": [], "decoder": null, "post_processor": null,
  "normalizer": { "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true },
  "pre_tokenizer": { "type": "BertPreTokenizer" },
  "model": { "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
             "vocab": { "[UNK]": 0, "σασ": 1, "σας": 2 } } }
JSON
cat >run.mjs <<'JS'
import { Tokenizer } from "@huggingface/tokenizers";
import { readFileSync } from "node:fs";
const tokenizer = new Tokenizer(JSON.parse(readFileSync("tokenizer.json", "utf8")), {});
console.log(tokenizer.encode("ΣΑΣ").ids.join());
JS
# Python's: Tokenizer.from_file("tokenizer.json").encode(text).ids gives 1.
diff <(node run.mjs) - <<'OUT'
2
OUT
echo "as described"
