"""DS-CNN and MatchboxNet in plain PyTorch, from their authors' descriptions and configurations.

DS-CNN: github.com/ARM-software/ML-KWS-for-MCU (TensorFlow), here on images of bands by frames [B, M, T]; each convolution
is padded by one zero (the first: one band and four frames before, as many as it wants behind).
MatchboxNet: github.com/NVIDIA/NeMo, examples/asr/conf/matchboxnet, with the names of its modules, without dropout.
"""
from torch import nn
import torch.nn.functional as F

#: Channels, first stride over bands, strides of the blocks.
DS_CNN = {"S": (64, 2, (1, 1, 1, 1)), "M": (172, 1, (2, 1, 1, 1)), "L": (276, 1, (2, 1, 1, 1, 1))}


class SeparableBlock(nn.Module):
    def __init__(self, channels, stride):
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 3, stride, 1, groups=channels)
        self.bn1 = nn.BatchNorm2d(channels)
        self.pointwise = nn.Conv2d(channels, channels, 1)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        return F.relu(self.bn2(self.pointwise(F.relu(self.bn1(self.depthwise(x))))))


class DsCnn(nn.Module):
    def __init__(self, size, classes=12):
        super().__init__()
        channels, stride, strides = DS_CNN[size]
        self.conv = nn.Conv2d(1, channels, (4, 10), (stride, 2))
        self.bn = nn.BatchNorm2d(channels)
        self.blocks = nn.Sequential(*(SeparableBlock(channels, own) for own in strides))
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x):
        stride = self.conv.stride[0]
        bands, frames = x.shape[1:]
        below = (-(-bands // stride) - 1) * stride + 4 - 1 - bands
        behind = (-(-frames // 2) - 1) * 2 + 10 - 4 - frames
        heard = F.relu(self.bn(self.conv(F.pad(x[:, None], (4, behind, 1, below)))))
        return self.classifier(self.blocks(heard).mean((2, 3)))


class MaskedConv1d(nn.Module):
    """Of NeMo's only what it does where no clip is padded."""

    def __init__(self, *sizes, **options):
        super().__init__()
        self.conv = nn.Conv1d(*sizes, bias=False, **options)

    def forward(self, x):
        return self.conv(x)


def convolution(inputs, outputs, width=None, dilation=1):
    layers = [MaskedConv1d(inputs, outputs, 1), nn.BatchNorm1d(outputs, eps=1e-3, momentum=0.1)]
    if width is None:
        return layers
    padding = dilation * (width - 1) // 2
    return [MaskedConv1d(inputs, inputs, width, padding=padding, dilation=dilation, groups=inputs), *layers]


class JasperBlock(nn.Module):
    def __init__(self, inputs, outputs, repeat=1, width=None, dilation=1, residual=False):
        super().__init__()
        layers = []
        for i in range(repeat):
            if i > 0:
                layers += [nn.ReLU(), nn.Dropout(0.0)]
            layers += convolution(inputs if i == 0 else outputs, outputs, width, dilation)
        self.mconv = nn.ModuleList(layers)
        self.res = nn.ModuleList([nn.ModuleList(convolution(inputs, outputs))]) if residual else None

    def forward(self, x):
        y = x
        for layer in self.mconv:
            y = layer(y)
        if self.res is not None:
            past = x
            for layer in self.res[0]:
                past = layer(past)
            y = y + past
        return F.relu(y)


class Encoder(nn.Module):
    def __init__(self, bands, blocks, repeat, channels):
        super().__init__()
        residual = [
            JasperBlock(128 if i == 0 else channels, channels, repeat, 13 + 2 * i, residual=True) for i in range(blocks)
        ]
        ends = [JasperBlock(channels, 128, 1, 29, 2), JasperBlock(128, 128)]
        self.encoder = nn.Sequential(JasperBlock(bands, 128, 1, 11), *residual, *ends)


class Decoder(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.decoder_layers = nn.Sequential(nn.Linear(128, classes))


class MatchboxNet(nn.Module):
    def __init__(self, bands, blocks, repeat, channels, classes=12):
        super().__init__()
        self.encoder = Encoder(bands, blocks, repeat, channels)
        self.decoder = Decoder(classes)

    def forward(self, x):
        return self.decoder.decoder_layers(self.encoder.encoder(x).mean(2))
