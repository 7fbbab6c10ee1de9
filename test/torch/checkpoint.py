"""Trains a network for a few steps and writes it as safetensors, or reads one; says how it does on a test split.

    /usr/bin/python3 test/torch/checkpoint.py '{"model": "linear", "setting": "D", "frontend": "nnaudio",
      "normalise": false, "indexes": {"train": "train.json", "test": "test.json"}, "root": "audio", "to": "model.safetensors"}'

With "from" in place of "to" the file is read, without an index of "train", and what it lacks of the front-end is as at the start. Prints JSON.
"""
import json
import sys

import torch
import torch.nn.functional as F

from networks import MODELS, load_weights
from safetensors_file import read_tensors, write_tensors
from speech import evaluate, read_split

#: Enough for everything that the setting trains to differ from its start.
STEPS = 10


def train(model, waves, labels):
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.SGD(trained, lr=1e-2, momentum=0.9)
    model.train()
    for _ in range(STEPS):
        some = torch.randint(len(labels), (min(100, len(labels)),))
        optimizer.zero_grad()
        F.cross_entropy(model(waves[some]), labels[some]).backward()
        for parameter in trained:  # else the largest gradients leave the others nothing
            torch.nn.utils.clip_grad_norm_(parameter, 1)
        optimizer.step()
        model.project()


def load(model, path):
    tensors = read_tensors(path)
    front_end = ("mel_layer.", "fastaudio_filter.")
    fixed = {name: t for name, t in model.state_dict().items() if name.startswith(front_end)}
    load_weights(model, {**fixed, **tensors})


def main():
    request = json.loads(sys.argv[1])
    torch.manual_seed(0)
    with open(request["indexes"]["test"]) as file:
        classes = len(json.load(file)["classes"])
    options = {"frontend": request["frontend"], "normalise": request["normalise"], "classes": classes}
    model = MODELS[request["model"]](request["setting"], **options)
    if "from" in request:
        load(model, request["from"])
    else:
        train(model, *read_split(request["indexes"]["train"], request["root"]))
        write_tensors(request["to"], model.state_dict())
    print(json.dumps(evaluate(model, *read_split(request["indexes"]["test"], request["root"]))))


if __name__ == "__main__":
    main()
