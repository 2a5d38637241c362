"""The same GPT in torch and in rlhs, in one run: speed, and with a file the loss it learns.

  text.py [FILE [SEEDS [STEPS]]]

Speed is processor seconds on one thread, the best of several turns taken one after the other.
"""
import math
import os
import subprocess
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

LAYERS, HEADS, WIDTH, CONTEXT, BATCH = 4, 4, 128, 64, 12


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.feed, self.back = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x, past=None):
        rows, length, _ = x.shape
        q, k, v = self.qkv(self.ln_1(x)).split(WIDTH, dim=2)
        q, k, v = (
            t.view(rows, length, HEADS, WIDTH // HEADS).transpose(1, 2) for t in (q, k, v)
        )
        if past is not None:
            if past:
                k, v = torch.cat([past[0], k], 2), torch.cat([past[1], v], 2)
            past[:] = [k, v]
        y = F.scaled_dot_product_attention(q, k, v, is_causal=length > 1)
        x = x + self.out(y.transpose(1, 2).reshape(rows, length, WIDTH))
        return x + self.back(F.gelu(self.feed(self.ln_2(x)), approximate="tanh"))


class GPT(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)
        for name, weights in self.named_parameters():
            if weights.dim() > 1:
                narrow = name.endswith(("out.weight", "back.weight"))
                nn.init.normal_(weights, std=0.02 / math.sqrt(2 * LAYERS) if narrow else 0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(weights)

    def forward(self, tokens, past=None, start=0):
        x = self.tokens(tokens) + self.positions.weight[start : start + tokens.shape[1]]
        for index, block in enumerate(self.blocks):
            x = block(x, None if past is None else past[index])
        return F.linear(self.norm(x), self.tokens.weight)


def optimizer(model, rate):
    decayed = [p for p in model.parameters() if p.dim() > 1]
    rest = [p for p in model.parameters() if p.dim() <= 1]
    groups = [{"params": decayed, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.99), fused=True)


def update(model, steps, x, y):
    loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
    steps.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    steps.step()


def best_update():
    model = GPT(65)
    steps = optimizer(model, 1e-4)
    x, y = (torch.randint(65, (BATCH, CONTEXT)) for _ in range(2))
    times = []
    for _ in range(12):
        start = time.process_time()
        update(model, steps, x, y)
        times.append((time.process_time() - start) * 1e3)
    return min(times)


@torch.no_grad()
def best_generation(count):
    model, best = GPT(65), 0
    for _ in range(5):
        start = time.process_time()
        past = [[] for _ in range(LAYERS)]
        tokens = torch.tensor([[1, 2, 3]]).repeat(count, 1)
        place = 0
        for _ in range(60):
            logits = model(tokens, past, place)[:, -1]
            place += tokens.shape[1]
            tokens = torch.multinomial(logits.softmax(-1), 1)
        best = max(best, 60 * count / (time.process_time() - start))
    return best


def ours(*arguments):
    output = subprocess.run(
        [os.environ["RLHS_BENCHMARKS"], *arguments], capture_output=True, text=True, check=True
    ).stdout
    return {name: float(value) for name, value in (line.split() for line in output.splitlines())}


def speed():
    peer = {"update": math.inf, "generate-1": 0, "generate-16": 0}
    own = dict(peer)
    for _ in range(3):
        own = {
            name: (min if name == "update" else max)(value, own[name])
            for name, value in ours("text-speed").items()
        }
        peer["update"] = min(peer["update"], best_update())
        for count in (1, 16):
            name = f"generate-{count}"
            peer[name] = max(peer[name], best_generation(count))
    ratio = peer["update"] / own["update"]
    print(f"an update: {own['update']:.1f} ms, torch {peer['update']:.1f} ms: {ratio:.2f}x")
    for count in (1, 16):
        mine, torchs = own[f"generate-{count}"], peer[f"generate-{count}"]
        print(
            f"tokens/s at batch {count}: {mine:,.0f}, torch {torchs:,.0f}: {mine / torchs:.1f}x"
        )


def learned(path, seed, total):
    torch.manual_seed(seed)
    text = open(path, encoding="utf-8", newline="").read()
    ids = {character: i for i, character in enumerate(sorted(set(text)))}
    data = torch.tensor([ids[character] for character in text])
    count = len(data) - int(len(data) * 0.1)
    training, held_out = data[:count], data[count:]
    model = GPT(len(ids))
    steps = optimizer(model, 1e-3)
    for step in range(total):
        if step < 100:
            rate = 1e-3 * (step + 1) / 101
        else:
            progress = (step - 100) / max(total - 100, 1)
            rate = 1e-3 * (0.55 + 0.45 * math.cos(math.pi * progress))
        for group in steps.param_groups:
            group["lr"] = rate
        starts = torch.randint(count - CONTEXT, (BATCH,)).tolist()
        x = torch.stack([training[s : s + CONTEXT] for s in starts])
        y = torch.stack([training[s + 1 : s + 1 + CONTEXT] for s in starts])
        update(model, steps, x, y)
    starts = list(range(0, len(held_out) - 1, CONTEXT))
    chosen = [starts[i * len(starts) // min(512, len(starts))] for i in range(min(512, len(starts)))]
    total_loss, tokens = 0.0, 0
    with torch.no_grad():
        for s in chosen:
            window = held_out[s : s + CONTEXT + 1]
            loss = F.cross_entropy(model(window[None, :-1])[0], window[1:], reduction="sum")
            total_loss, tokens = total_loss + loss.item(), tokens + len(window) - 1
    return total_loss / tokens


def learning(path, seeds, steps):
    mine = [ours("text-learning", path, str(seed), str(steps))["held-out"] for seed in range(seeds)]
    torchs = [learned(path, seed, steps) for seed in range(seeds)]
    print("held-out loss after", steps, "updates, nats a character:")
    for name, losses in (("rlhs", mine), ("torch", torchs)):
        print(f"  {name:5}", *(f"{loss:.4f}" for loss in losses))
    difference = sum(mine) / sum(torchs) - 1
    print(f"  the means differ by {difference:+.2%}")


torch.set_num_threads(1)
if len(sys.argv) > 1:
    learning(
        sys.argv[1],
        int(sys.argv[2]) if len(sys.argv) > 2 else 3,
        int(sys.argv[3]) if len(sys.argv) > 3 else 2000,
    )
else:
    speed()
