"""Commands that draw or ask at the terminal: ratings, replays, training that Ctrl-C stops."""

from screen import ENTER, BACKSPACE, Prompt, control, line_is


def with_agent(s):
    s.run("env CartPole-v1 seed=7")
    s.run("a = agent dqn seed=7")


def test_a_key_rates_an_episode(folder):
    with Prompt(folder) as s:
        with_agent(s)
        s.run("ep = rollout a")
        s.send("feedback ep" + ENTER)
        s.wait("rate it")
        s.send("+")
        s.wait("rating 1")
        s.wait(line_is("[5]"))


def test_words_go_with_a_rating(folder):
    with Prompt(folder) as s:
        with_agent(s)
        s.run("ep = rollout a")
        s.send("r = feedback ep" + ENTER)
        s.wait("rate it")
        s.send("drifts 日x" + BACKSPACE + ENTER)
        s.wait("noted")
        s.send("-")
        s.wait(line_is("[5]"))
        s.run("r.note")
        assert '"drifts 日"' in s.text


def test_enter_skips_a_rating(folder):
    with Prompt(folder) as s:
        with_agent(s)
        s.run("ep = rollout a")
        s.send("feedback ep" + ENTER)
        s.wait("rate it")
        s.send(ENTER)
        s.wait(line_is("[5]"))
        assert "rating" not in s.text


def test_two_episodes_play_side_by_side_and_an_arrow_chooses(folder):
    with Prompt(folder) as s:
        with_agent(s)
        s.send("prefer (rollout a) (rollout a)" + ENTER)
        s.wait("which is better")
        s.send("\x1b[D")
        s.wait("comparison left")
        s.wait(line_is("[4]"))


def test_keys_rate_while_it_trains_and_the_time_to_the_changed_agent_is_said(folder):
    with Prompt(folder) as s:
        with_agent(s)
        s.send("train a steps=15 ask=live" + ENTER)
        s.wait("+ - rate")
        s.send("+")
        s.wait("key to changed agent")
        s.send("q")
        s.wait("1 rating; from key to changed agent")


def test_a_person_plays_with_the_arrows(folder):
    with Prompt(folder) as s:
        s.run("env CartPole-v1 seed=7")
        s.send("ep = play" + ENTER)
        s.wait("or the arrows")
        s.send("\x1b[C")
        s.wait("step 1")
        s.send("q")
        s.wait(line_is("[3]"))
        s.run("ep.actions")
        assert "[1]" in s.text


def test_a_replay_is_paused_stepped_and_left_by_keys(folder):
    with Prompt(folder) as s:
        with_agent(s)
        # A balanced pole, slowed down, is still being shown when the keys come.
        s.send("rollout a render=true")
        s.send(ENTER + "----" + " ")
        s.wait("paused")
        before = s.lines[s.row_of("return")]
        s.send("n")
        s.wait(lambda s: s.lines[s.row_of("return")] != before, what="the next frame")
        assert "paused" in s.text
        s.send("q")
        s.wait(line_is("[4]"))
        assert "paused" not in s.text
        s.run("print 7")


def test_ctrl_c_stops_training_and_it_goes_on_from_there(folder):
    with Prompt(folder) as s:
        with_agent(s)
        s.send("train a steps=100M" + ENTER)
        s.wait("left", what="the live line")
        s.send(control("c"))
        s.wait(line_is("[4]"))
        assert " left" not in s.text
        s.run("before = a.steps")
        s.run("train a steps=10")
        s.run("a.steps - before == 10 and before > 0")
        assert "true" in s.text


def test_a_curve_is_plotted(folder):
    with Prompt(folder) as s:
        with_agent(s)
        s.run("train a steps=2000")
        s.send(control("l"))
        s.wait(lambda s: line_is("[4]")(s) and s.cursor[0] == 0)
        s.run("plot a")
        assert "┤" in s.text and "└" in s.text


def test_a_step_that_is_asked_about_is_drawn_as_wide_as_the_terminal(folder):
    with Prompt(folder) as s:
        with_agent(s)
        s.send("rollout a ask=step" + ENTER)
        s.wait("rate it")
        assert "after step 0" in s.text and "step 0 of an episode" in s.text
        # The cart stands in the middle: a line's spaces are not the breaks between its words.
        cart = s.lines[s.row_of("⠤⠤⠤⠤") - 1]
        assert cart.startswith(" ") and " " * 15 in cart.strip(), cart


def test_an_interrupted_search_goes_on(folder):
    with Prompt(folder) as s:
        with_agent(s)
        s.send("s = search tpe trials=30 steps=20_000 pruner=asha "
               "over={learning_rate: loguniform(1e-5, 1e-2)}" + ENTER)
        s.wait("steps: score")
        s.send(control("c"))
        s.wait(line_is("[4]"))
        assert "interrupted: `s = resume s` goes on" in s.text
        s.send("resume s" + ENTER)
        s.wait("/30", what="the live line")
        s.send(control("c"))
        s.wait(line_is("[5]"))


def test_feedback_that_the_method_cannot_use_names_one_that_can(folder):
    with Prompt(folder) as s:
        with_agent(s)
        s.run("demonstrate a from=fn(obs) => 1")
        assert "demonstration on episode of" in s.text
        s.run("learn a")
        assert "`coach a method=trex` does, or bc, dagger, dqfd, sqil" in s.text


def test_training_that_is_over_says_how_to_go_on(folder):
    with Prompt(folder) as s:
        s.run("env CartPole-v1 seed=7")
        s.run("a = agent dqn total_steps=200")
        s.run("train a")
        assert "goes beyond" not in s.text
        s.run("train a")
        assert "a has done its `total_steps`, 200: `train a steps=…` goes beyond" in s.text
