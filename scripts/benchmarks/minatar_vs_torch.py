"""DQN on MinAtar's Breakout with the paper's network and settings, in rlhs and in PyTorch.

Same network (16 filters of 3x3, 128 dense), batch, buffer, optimizer, exploration and update
schedule, each in its own copy of the game, in turn. The peer is a plain DQN in PyTorch on the MinAtar
package, written for this comparison: Stable-Baselines3's convolutions cannot see 10x10 cells. Both are
judged by greedy episodes of their last weights. A rate is environment steps a CPU-second, learning
included.

Arguments: SEEDS (5) STEPS (100000).
"""
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

SEEDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
STEPS = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
EPISODES, LONGEST = 100, 1000
BATCH, BUFFER, STARTS, TARGET_INTERVAL, TRAIN_EVERY = 32, 100_000, 5000, 1000, 1
RATE, GAMMA, FINAL_EPSILON = 2.5e-4, 0.99, 0.1
# As in the paper epsilon falls over 100,000 steps, or over half of a shorter training.
FALL = min(0.5, 100_000 / STEPS)

OWN = f"""env MinAtar/Breakout-v1 max_episode_steps={LONGEST} seed={{seed}}
a = agent dqn network=cnn filters=16 kernel_size=3 layers=[128] optimizer=rmsprop learning_rate={RATE} \
batch_size={BATCH} buffer_size={BUFFER} learning_starts={STARTS} gamma={GAMMA} \
target_update_interval={TARGET_INTERVAL} train_freq={TRAIN_EVERY} gradient_steps=1 \
exploration_fraction={FALL} exploration_final_eps={FINAL_EPSILON} n_eval_episodes=0 total_steps={STEPS}
train a
r = evaluate a episodes={EPISODES}
print "mean" r.mean"""


def own(seed, folder):
    environment = dict(os.environ, RLHS_THREADS="1")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run(
        [os.environ["RLHS_BINARY"], "-c", OWN.format(seed=seed)], cwd=folder, env=environment,
        capture_output=True, check=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return float(re.search(r"^mean (\S+)$", result.stdout, re.MULTILINE)[1]), STEPS / seconds


def peer(seed):
    import numpy
    import torch
    from minatar import Environment

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    random = numpy.random.default_rng(seed)
    game = Environment("breakout", sticky_action_prob=0.1, difficulty_ramping=True)
    game.seed(seed)
    actions = game.num_actions()

    def network():
        return torch.nn.Sequential(
            torch.nn.Conv2d(4, 16, 3), torch.nn.ReLU(), torch.nn.Flatten(),
            torch.nn.Linear(8 * 8 * 16, 128), torch.nn.ReLU(), torch.nn.Linear(128, actions))

    online, target = network(), network()
    target.load_state_dict(online.state_dict())
    optimizer = torch.optim.RMSprop(online.parameters(), lr=RATE)
    seen = numpy.zeros((BUFFER, 4, 10, 10), numpy.bool_)
    after = numpy.zeros_like(seen)
    acted = numpy.zeros(BUFFER, numpy.int64)
    earned = numpy.zeros(BUFFER, numpy.float32)
    ended = numpy.zeros(BUFFER, numpy.float32)

    def state():
        return game.state().transpose(2, 0, 1)

    def greedy(observation):
        with torch.no_grad():
            return int(online(torch.as_tensor(observation[None], dtype=torch.float32)).argmax())

    def learn(held):
        rows = random.integers(held, size=BATCH)
        now, then = torch.from_numpy(seen[rows]).float(), torch.from_numpy(after[rows]).float()
        with torch.no_grad():
            best = target(then).max(1).values
            goal = torch.from_numpy(earned[rows]) + GAMMA * (1 - torch.from_numpy(ended[rows])) * best
        value = online(now).gather(1, torch.from_numpy(acted[rows])[:, None])[:, 0]
        loss = torch.nn.functional.smooth_l1_loss(value, goal)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(online.parameters(), 10)
        optimizer.step()

    start = time.process_time()
    game.reset()
    observation, length = state(), 0
    for step in range(STEPS):
        epsilon = max(FINAL_EPSILON, 1 - (1 - FINAL_EPSILON) * step / STEPS / FALL)
        explores = step < STARTS or random.random() < epsilon
        action = int(random.integers(actions)) if explores else greedy(observation)
        reward, terminated = game.act(action)
        following, place = state(), step % BUFFER
        seen[place], after[place], acted[place] = observation, following, action
        earned[place], ended[place] = reward, terminated
        observation, length = following, length + 1
        if terminated or length == LONGEST:
            game.reset()
            observation, length = state(), 0
        if step >= STARTS and (step + 1) % TRAIN_EVERY == 0:
            learn(min(step + 1, BUFFER))
        if (step + 1) % TARGET_INTERVAL == 0:
            target.load_state_dict(online.state_dict())
    rate = STEPS / (time.process_time() - start)

    returns = []
    for _ in range(EPISODES):
        game.reset()
        total = 0
        for _ in range(LONGEST):
            reward, terminated = game.act(greedy(state()))
            total += reward
            if terminated:
                break
        returns.append(total)
    return statistics.mean(returns), rate


scores = {"rlhs": [], "PyTorch": []}
ratios = []
with tempfile.TemporaryDirectory() as folder:
    print(f"MinAtar Breakout, {STEPS:,} steps, {EPISODES} greedy episodes a seed")
    for seed in range(SEEDS):
        (mine, my_rate), (theirs, their_rate) = own(seed, folder), peer(seed)
        scores["rlhs"].append(mine)
        scores["PyTorch"].append(theirs)
        ratios.append(my_rate / their_rate)
        print(f"seed {seed}: rlhs {mine:.2f} at {my_rate:,.0f} steps/s   PyTorch {theirs:.2f} at "
              f"{their_rate:,.0f}   ratio {my_rate / their_rate:.1f}", flush=True)
mine, theirs = (statistics.mean(scores[name]) for name in scores)
for name, values in scores.items():
    print(f"{name}: mean {statistics.mean(values):.2f}, from {min(values):.2f} to {max(values):.2f}")
print(f"rlhs / PyTorch: return {mine / theirs:.2f}, speed {statistics.median(ratios):.1f}")
