"""Writes a byte-level tokenizer to the folder given: tools that insist on one need no download.

  python tiny_tokenizer.py FOLDER
"""

import json
import pathlib
import sys

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

folder = sys.argv[1]
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(
    vocab_size=400,
    initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    special_tokens=["<eos>"],
)
tokenizer.train_from_iterator(["prefix cache"], trainer)
PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<eos>").save_pretrained(folder)
# Without a model type the library asks the hub.
pathlib.Path(folder, "config.json").write_text(json.dumps({"model_type": "qwen2"}))
