"""One training step in Python's torch, eager: the peer of `trainer bench`.

ECAPA-TDNN as wespeaker lays it out, with the widths given, AAM-Softmax, gradient clipping, AdamW and bf16 autocast: what
wespeaker's and mvector's loops run per batch, on features that lie ready (their loaders are not timed). Prints crops per
second as JSON.
"""
import argparse
import json
import math
import time

import torch
import torch.nn.functional as F
from torch import nn


class ConvReluNorm(nn.Module):
    def __init__(self, inputs, outputs, kernel=1, dilation=1):
        super().__init__()
        self.conv = nn.Conv1d(inputs, outputs, kernel, dilation=dilation, padding=(kernel - 1) // 2 * dilation)
        self.norm = nn.BatchNorm1d(outputs)

    def forward(self, x):
        return self.norm(F.relu(self.conv(x)))


class SeRes2Block(nn.Module):
    def __init__(self, channels, dilation, se_channels, scale=8):
        super().__init__()
        width = channels // scale
        self.width = width
        self.expand = ConvReluNorm(channels, channels)
        self.parts = nn.ModuleList(ConvReluNorm(width, width, 3, dilation) for _ in range(scale - 1))
        self.project = ConvReluNorm(channels, channels)
        self.squeeze = nn.Linear(channels, se_channels)
        self.excite = nn.Linear(se_channels, channels)

    def forward(self, x):
        groups = torch.split(self.expand(x), self.width, 1)
        outputs, part = [], None
        for group, layer in zip(groups, self.parts):
            part = layer(group if part is None else part + group)
            outputs.append(part)
        y = self.project(torch.cat([*outputs, groups[-1]], 1))
        gate = torch.sigmoid(self.excite(F.relu(self.squeeze(y.mean(2)))))
        return x + y * gate.unsqueeze(2)


class EcapaTdnn(nn.Module):
    def __init__(self, channels, joined, attention, se_channels, bins=80, embedding=192):
        super().__init__()
        self.input = ConvReluNorm(bins, channels, 5)
        self.blocks = nn.ModuleList(SeRes2Block(channels, 2 + i, se_channels) for i in range(3))
        self.aggregate = nn.Conv1d(3 * channels, joined, 1)
        self.attention_in = nn.Conv1d(3 * joined, attention, 1)
        self.attention_out = nn.Conv1d(attention, joined, 1)
        self.norm = nn.BatchNorm1d(2 * joined)
        self.embed = nn.Linear(2 * joined, embedding)

    def forward(self, x):
        x = self.input(x.transpose(1, 2))
        outputs = []
        for block in self.blocks:
            x = block(x)
            outputs.append(x)
        h = F.relu(self.aggregate(torch.cat(outputs, 1))).float()
        mean = h.mean(2, keepdim=True).expand_as(h)
        deviation = torch.sqrt(h.var(2, keepdim=True) + 1e-7).expand_as(h)
        weight = torch.softmax(self.attention_out(torch.tanh(self.attention_in(torch.cat([h, mean, deviation], 1)))), 2)
        mean = (weight * h).sum(2)
        deviation = ((weight * h * h).sum(2) - mean * mean).clamp(min=1e-7).sqrt()
        return self.embed(self.norm(torch.cat([mean, deviation], 1)))


def aam_softmax(embedding, weight, labels, margin=0.2, scale=30.0):
    cosine = F.linear(F.normalize(embedding.float()), F.normalize(weight))
    sine = torch.sqrt((1.0 - cosine * cosine).clamp(0, 1) + 1e-9)
    phi = cosine * math.cos(margin) - sine * math.sin(margin)
    phi = torch.where(cosine > math.cos(math.pi - margin), phi, cosine - margin * math.sin(math.pi - margin))
    chosen = F.one_hot(labels, weight.shape[0])
    return F.cross_entropy(scale * torch.where(chosen == 1, phi, cosine), labels)


def main():
    parser = argparse.ArgumentParser()
    for name, value in (("channels", 512), ("joined", 1536), ("attention", 128), ("se", 128), ("batch", 96), ("frames", 198),
                        ("classes", 4097), ("steps", 10), ("threads", 2)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--precision", choices=("bf16", "fp32"), default="bf16")
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    network = EcapaTdnn(args.channels, args.joined, args.attention, args.se).to(args.device)
    weight = nn.Parameter(nn.init.xavier_normal_(torch.empty(args.classes, 192, device=args.device)))
    parameters = [*network.parameters(), weight]
    optimizer = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.05)
    features = torch.randn(args.batch, args.frames, 80, device=args.device)
    labels = torch.randint(args.classes, (args.batch,), device=args.device)

    def step():
        with torch.autocast(torch.device(args.device).type, torch.bfloat16, enabled=args.precision == "bf16"):
            embedding = network(features)
        loss = aam_softmax(embedding, weight, labels)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 5.0)
        optimizer.step()
        return loss.item()  # wespeaker reads it at every step

    for _ in range(2 if args.device == "cpu" else 10):
        step()
    start = time.perf_counter()
    for _ in range(args.steps):
        step()
    seconds = time.perf_counter() - start
    print(json.dumps({"crops_per_s": args.steps * args.batch / seconds, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
