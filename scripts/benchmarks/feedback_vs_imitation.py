"""Learning from comparisons on Pendulum-v1, in rlhs and in imitation, all in one run.

Two rows, seconds of the processor of one process held to one thread:

- refit: an ensemble of 3 networks of [64, 64] on 50 comparisons of pieces of 25 steps, 5 passes. Ours is
  from an answer to the agent that learned from it, its replay relabelled and the agent changed.
- training: 200 comparisons by the true return within 50,000 steps of PPO. The peer as its documentation
  sets it up for this task (fragments of 100 steps, its PPO's settings), without its start-up.
"""
import os
import re
import resource
import subprocess
import sys
import tempfile
import time

import gymnasium
import numpy as np
import stable_baselines3
import torch
from imitation.algorithms import preference_comparisons as preferences
from imitation.data.types import TrajectoryWithRew
from imitation.policies.base import FeedForward32Policy, NormalizeFeaturesExtractor
from imitation.rewards import reward_nets
from imitation.util.networks import RunningNorm
from imitation.util.util import make_vec_env
from stable_baselines3.common.evaluation import evaluate_policy

OWN = """env Pendulum-v1 seed={seed}
a = agent ppo n_eval_episodes=0
coach a method=preferences comparisons=200
train a steps=50k from=(teacher oracle seed={seed})
print "accuracy {{(judge a).accuracy}}"
print "return {{(evaluate a episodes=100).mean}}"
"""


def pieces(count, rng):
    """`count` pieces of 25 steps of random play."""
    environment = gymnasium.make("Pendulum-v1")
    found = []
    while len(found) < count:
        seen, done, rewards = [environment.reset(seed=int(rng.integers(1 << 30)))[0]], [], []
        for _ in range(25):
            action = rng.uniform(-2, 2, size=1).astype(np.float32)
            observation, reward, *_ = environment.step(action)
            seen.append(observation)
            done.append(action)
            rewards.append(reward)
        found.append(
            TrajectoryWithRew(
                obs=np.array(seen), acts=np.array(done), infos=None, terminal=False,
                rews=np.array(rewards, dtype=np.float32)))
    return found


def peer_refit():
    """Milliseconds of a refit, the median of 7."""
    rng = np.random.default_rng(0)
    environment = gymnasium.make("Pendulum-v1")
    spaces = environment.observation_space, environment.action_space
    ensemble = reward_nets.RewardEnsemble(
        *spaces, [reward_nets.BasicRewardNet(*spaces, hid_sizes=(64, 64)) for _ in range(3)])
    model = reward_nets.AddSTDRewardWrapper(ensemble, default_alpha=0.0)
    trainer = preferences.EnsembleTrainer(
        preferences.PreferenceModel(model, noise_prob=0.1),
        preferences.CrossEntropyRewardLoss(), rng=rng, batch_size=16, epochs=5)
    data = preferences.PreferenceDataset()
    played = pieces(100, rng)
    pairs = list(zip(played[:50], played[50:]))
    data.push(pairs, np.array([float(a.rews.sum() > b.rews.sum()) for a, b in pairs], dtype=np.float32))
    taken = []
    for _ in range(7):
        start = time.process_time()
        trainer.train(data)
        taken.append(time.process_time() - start)
    return 1000 * sorted(taken)[3]


def peer_training(seed):
    """Seconds of the processor, and the true return."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    environment = make_vec_env("Pendulum-v1", rng=rng)
    model = reward_nets.BasicRewardNet(
        environment.observation_space, environment.action_space,
        normalize_input_layer=RunningNorm)
    agent = stable_baselines3.PPO(
        policy=FeedForward32Policy,
        policy_kwargs={
            "features_extractor_class": NormalizeFeaturesExtractor,
            "features_extractor_kwargs": {"normalize_class": RunningNorm},
        },
        env=environment, seed=seed, n_steps=2048 // environment.num_envs, clip_range=0.1,
        ent_coef=0.01, gae_lambda=0.95, n_epochs=10, gamma=0.97, learning_rate=2e-3, device="cpu")
    generator = preferences.AgentTrainer(
        algorithm=agent, reward_fn=model, venv=environment, exploration_frac=0.05, rng=rng)
    learner = preferences.PreferenceComparisons(
        generator, model, num_iterations=60, fragment_length=100, transition_oversampling=1,
        initial_comparison_frac=0.1, allow_variable_horizon=False, initial_epoch_multiplier=4,
        query_schedule="hyperbolic",
        fragmenter=preferences.RandomFragmenter(warning_threshold=0, rng=rng),
        preference_gatherer=preferences.SyntheticGatherer(rng=rng),
        reward_trainer=preferences.BasicRewardTrainer(
            preference_model=preferences.PreferenceModel(model),
            loss=preferences.CrossEntropyRewardLoss(), epochs=10, rng=rng))
    start = time.process_time()
    learner.train(total_timesteps=50_000, total_comparisons=200)
    seconds = time.process_time() - start
    return seconds, evaluate_policy(agent.policy, environment, 100)[0]


def own_refit():
    told = subprocess.run(
        [os.environ["RLHS_BENCHMARKS"], "feedback", "latency"], capture_output=True, text=True,
        check=True)
    return float(re.search(r"5 epochs: ([\d.]+) ms", told.stdout)[1])


def own_training(seed, folder):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = subprocess.run(
        [os.environ["RLHS_BINARY"], "-c", OWN.format(seed=seed)], cwd=folder,
        env=dict(os.environ, RLHS_THREADS="1"), capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, *(float(re.search(word + r" (\S+)", told.stdout)[1]) for word in ("return", "accuracy"))


def main():
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    torch.set_num_threads(1)
    own, peer = own_refit(), peer_refit()
    print(f"refit: ours {own:.1f} ms of CPU, imitation {peer:.1f} ms: {peer / own:.1f}x", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(seeds):
            seconds, value, accuracy = own_training(seed, folder)
            print(f"training, seed {seed}: ours {seconds:.1f} s of CPU, return {value:.1f}, "
                  f"held-out accuracy {accuracy:.3f}", flush=True)
            peer_seconds, peer_value = peer_training(seed)
            print(f"  imitation {peer_seconds:.1f} s, return {peer_value:.1f}: "
                  f"{peer_seconds / seconds:.1f}x", flush=True)


if __name__ == "__main__":
    main()
