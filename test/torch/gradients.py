"""Loss and gradients of BC-ResNet on clips where no value before a relu is near zero, where its slope jumps.

    /usr/bin/python3 test/torch/gradients.py FILE.safetensors FRONTEND

Writes the weights, `input`, `labels`, `loss`, and `gradient.NAME` of each trained tensor in setting D, computed in
float64, rounded to float32.
"""
import copy
import sys

import torch
from torch import nn
import torch.nn.functional as F

from networks import BandFilters, BcResNet, RATE
from safetensors_file import write_tensors

CLIPS, TRIES = 1, 1000
#: Some ten times the rounding errors of float32 in the middle of the network.
MARGIN = 3e-5


def network(frontend):
    model = BcResNet("D", frontend).train()
    for module in model.modules():
        if isinstance(module, nn.Dropout2d):
            module.p = 0.0
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1, 0.1)
            nn.init.normal_(module.bias, 0, 0.1)
        if isinstance(module, BandFilters):
            # The lowest triangle begins exactly at a bin, another kink.
            module.f_central.data *= torch.empty_like(module.f_central).uniform_(0.99, 1.01)
    return model


def tones_in_noise():
    time = torch.arange(RATE) / RATE
    pitch = torch.empty(CLIPS, 1).uniform_(100, 300)
    voice = sum(torch.sin(2 * torch.pi * pitch * h * time) / h for h in range(1, 9))
    return 0.05 * voice * (0.6 + 0.4 * torch.sin(2 * torch.pi * 3 * time)) + 0.02 * torch.randn(CLIPS, RATE)


def clear_of_kinks(model):
    """Clips that keep every value before a relu at least MARGIN from zero."""
    nearest = []
    watching = copy.deepcopy(model)
    for module in watching.modules():
        if isinstance(module, nn.ReLU):
            module.register_forward_pre_hook(lambda _, inputs: nearest.append(inputs[0].abs().min().item()))
    best = 0.0
    for _ in range(TRIES):
        wave = tones_in_noise()
        nearest.clear()
        with torch.no_grad():
            watching(wave)
        best = max(best, min(nearest))
        if best > MARGIN:
            return wave
    raise SystemExit(f"no clips keep values before relus {MARGIN} from zero; the best, {best}")


def main():
    path, frontend = sys.argv[1:]
    torch.manual_seed(0)
    model = network(frontend)
    wave, labels = clear_of_kinks(model), torch.arange(CLIPS)
    tensors = {name: t.clone() for name, t in model.state_dict().items() if not name.endswith("tracked")}
    exact = copy.deepcopy(model).double()
    loss = F.cross_entropy(exact(wave.double()), labels)
    loss.backward()
    for name, parameter in exact.named_parameters():
        tensors[f"gradient.{name}"] = parameter.grad.float()
    write_tensors(path, {**tensors, "input": wave, "labels": labels.int(), "loss": loss.float()[None]})


if __name__ == "__main__":
    main()
