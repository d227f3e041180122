"""The models of the golden cases in PyTorch, written down once more: an independent second version.
Names of parameters are those of Muster's checkpoints, so that these load with strict=True.
"""

import torch
from torch import nn
from torch.nn import functional as F


class Mlp(nn.Module):
    def __init__(self, inputs, hidden, classes):
        super().__init__()
        self.layers = linear_layers(inputs, hidden, classes)

    def forward(self, fields):
        return self.layers(fields["input"])


class Convnet(nn.Module):
    def __init__(self):
        super().__init__()
        layers, width = [], 1
        for channels in (32, 64):
            layers += [nn.Conv2d(width, channels, 3, padding=1, bias=False),
                       nn.BatchNorm2d(channels), nn.ReLU(), nn.MaxPool2d(2)]
            width = channels
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(width * 2 * 2, 10)

    def forward(self, fields):
        return self.classifier(self.features(fields["input"].view(-1, 1, 8, 8)).flatten(1))


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False),
                                            nn.BatchNorm2d(outputs))

    def forward(self, x):
        around = x if self.downsample is None else self.downsample(x)
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + around)


class Resnet18(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        widths = [64, 64, 128, 256, 512]
        for i in range(1, 5):
            setattr(self, f"layer{i}", nn.Sequential(
                ResidualBlock(widths[i - 1], widths[i], 1 if i == 1 else 2),
                ResidualBlock(widths[i], widths[i], 1)))
        self.fc = nn.Linear(512, classes)

    def forward(self, fields):
        x = F.relu(self.bn1(self.conv1(fields["input"].view(-1, 3, 32, 32))))
        x = F.max_pool2d(x, 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


class Projection(nn.Module):
    """A linear layer with its weight as [in, out], as GPT-2 has it."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs))
        self.bias = nn.Parameter(torch.empty(outputs))

    def forward(self, x):
        return x @ self.weight + self.bias


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.c_attn, self.c_proj = Projection(width, 3 * width), Projection(width, width)

    def forward(self, x):
        samples, length, width = x.shape
        q, k, v = (part.view(samples, length, self.heads, -1).transpose(1, 2)
                   for part in self.c_attn(x).split(width, dim=2))
        scores = q @ k.transpose(-2, -1) / (width // self.heads) ** 0.5
        future = torch.ones(length, length, dtype=torch.bool).triu(1)
        mixed = scores.masked_fill(future, float("-inf")).softmax(-1) @ v
        return self.c_proj(mixed.transpose(1, 2).reshape(x.shape))


class FeedForward(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.c_fc, self.c_proj = Projection(width, 4 * width), Projection(4 * width, width)

    def forward(self, x):
        x = self.c_fc(x)
        gelu = 0.5 * x * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.044715 * x ** 3)))
        return self.c_proj(gelu)


class GptBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.ln_1, self.attn = nn.LayerNorm(width), Attention(width, heads)
        self.ln_2, self.mlp = nn.LayerNorm(width), FeedForward(width)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Gpt(nn.Module):
    def __init__(self, vocabulary, sequence, width, layers, heads):
        super().__init__()
        self.transformer = nn.ModuleDict({
            "wte": nn.Embedding(vocabulary, width), "wpe": nn.Embedding(sequence, width),
            "h": nn.ModuleList(GptBlock(width, heads) for _ in range(layers)),
            "ln_f": nn.LayerNorm(width)})

    def forward(self, fields):
        parts, tokens = self.transformer, fields["input"]
        x = parts["wte"](tokens) + parts["wpe"](torch.arange(tokens.shape[1]))
        for block in parts["h"]:
            x = block(x)
        return parts["ln_f"](x) @ parts["wte"].weight.T


class Recommender(nn.Module):
    def __init__(self, ids, width, hidden):
        super().__init__()
        self.embeddings = nn.ModuleList(nn.Embedding(rows, width) for rows in ids)
        self.layers = linear_layers(len(ids) * width, hidden, 1)

    def forward(self, fields):
        vectors = [table(ids) for table, ids in zip(self.embeddings, fields["ids"].unbind(1))]
        return self.layers(torch.cat(vectors, 1))


def linear_layers(inputs, hidden, outputs):
    layers = []
    for width in hidden:
        layers += [nn.Linear(inputs, width), nn.ReLU()]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


MODELS = {"convnet": Convnet, "mlp": lambda: Mlp(64, [128, 64], 10), "resnet18": lambda: Resnet18(3),
          "gpt": lambda: Gpt(32, 16, 32, 2, 4), "recommender": lambda: Recommender([60, 40], 8, [16]),
          "regression": lambda: Mlp(4, [32], 3)}
