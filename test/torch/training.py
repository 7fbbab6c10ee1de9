"""Trains networks as this project's `train` stage does, for test/torch/compare_io.ts: one request a line, one reply.

Same first weights, same batches, same optimizer; only dropout draws from PyTorch's own generator. In setting A log-Mel
spectrograms are computed once. The lowest validation loss chooses the best epoch.
"""
import copy
import functools
import json
import sys

import torch
from torch import nn
import torch.nn.functional as F

from networks import MODELS, load_weights
from safetensors_file import read_tensors
from speech import evaluate, read_split


@functools.lru_cache
def waves_of(index, root):
    return read_split(index, root)


class Cached(nn.Module):
    """The network behind its log-Mel spectrogram, where nothing before it is trained."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, log_mel):
        return self.network.head(self.network.mel_layer.norm(log_mel))

    def project(self):
        pass


@functools.lru_cache
def log_mels_of(index, root):
    waves, labels = waves_of(index, root)
    layer = MODELS["linear"]("A").mel_layer
    with torch.no_grad():
        return torch.cat([layer.log_mel(part) for part in waves.split(100)]), labels


def groups_of(network, optim):
    """Parameters of each group that is trained, with its values."""
    found = {"model": [], "stft": [], "mel": []}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            group = "stft" if ".stft." in name else "mel" if name.endswith("mel_basis") else "model"
            found[group].append(parameter)
    return [(parameters, optim[group]) for group, parameters in found.items() if parameters]


def train(request):
    torch.manual_seed(request["seed"])
    start = read_tensors(request["start"])
    order = start.pop("order")
    network = MODELS[request["model"]](request["setting"], normalise=True, classes=request["classes"])
    fixed = {name: tensor for name, tensor in network.state_dict().items() if name not in start}
    load_weights(network, {**fixed, **start})
    cached = request["setting"] == "A"
    model = Cached(network) if cached else network
    read = log_mels_of if cached else waves_of
    splits = {name: read(index, request["root"]) for name, index in request["indexes"].items()}

    groups = groups_of(network, request["optim"])
    optimizer = torch.optim.SGD(
        [{"params": params, "lr": to["lr"], "weight_decay": to["weight_decay"]} for params, to in groups],
        momentum=request["optim"]["momentum"],
    )
    best = None
    for epoch in order:
        model.train()
        for some in epoch.long().split(request["batch_size"]):
            optimizer.zero_grad()
            F.cross_entropy(model(splits["train"][0][some]), splits["train"][1][some]).backward()
            for params, to in groups:
                if to["clip_norm"] is not None:
                    torch.nn.utils.clip_grad_norm_(params, to["clip_norm"])
            optimizer.step()
            model.project()
        loss = evaluate(model, *splits["validation"])["cross_entropy"]
        if best is None or loss < best[0]:
            best = (loss, copy.deepcopy(model.state_dict()))
    last = evaluate(model, *splits["test"])
    model.load_state_dict(best[1])
    return {"best": evaluate(model, *splits["test"]), "last": last}


def main():
    for line in sys.stdin:
        print(json.dumps(train(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
