"""The steppers, stepped through by keyboard and checked against the engine."""

import json
import random
import string

import pytest
from playwright.sync_api import expect

from microgpt import Config, Tokenizer, load_names
from microgpt.scalar import (
    Adam,
    Model,
    attention,
    cross_entropy,
    dot,
    empty_cache,
    gpt,
    linear,
    matrix,
    rmsnorm,
    sample,
    softmax,
    train,
    training_step,
)

TWO_PATHS = "course/05-backprop.html"
ATTENTION = "course/08-attention.html"
TRAINING = "course/10-training.html"
SAMPLED = "course/11-sampling.html"
PAGES = [TWO_PATHS, ATTENTION, TRAINING, SAMPLED]
SCRUB = """async () => {
  const stepper = document.querySelector("time-stepper");
  const { visible } = stepper.recording;
  const begun = performance.now();
  for (let i = 0; i < 600; i += 1) {
    stepper.show(visible[Math.floor((i * 7919) % visible.length)]);
    stepper.getBoundingClientRect(); // lay the page out, as a frame would
  }
  return 600 / ((performance.now() - begun) / 1000);
}"""
TIMELINES = """({ recording }) => {
  const calls = recording.data.calls.map((_, at) => recording.variables(at));
  return [...recording.watch, ...calls.flat()].map((line) =>
    Array.from(recording.data.lines, (_, step) => recording.at(line, step)));
}"""
OPEN = """() => new Promise((done) => {
  const begun = performance.now();
  document.addEventListener(
    "step", () => done(performance.now() - begun), { once: true });
  document.querySelector(".stepper-open").click();
})"""
READ = """(stepper) => {
  const rows = [...stepper.querySelectorAll(".stepper-values tr")];
  const shown = rows.filter((row) => row.checkVisibility()).map((row) => [
    row.querySelector("th").textContent,
    row.querySelector("td").textContent.trim(),
  ]);
  return {
    step: Number(stepper.getAttribute("step")),
    function: stepper.querySelector(".stepper-file b").textContent,
    line: stepper.querySelector(".stepper-code .here code").textContent,
    asks: stepper.querySelector(".predict-commit") !== null,
    values: Object.fromEntries(shown.reverse()),
  };
}"""


class Replay:
    """An opened stepper, driven by keys and read from the page."""

    def __init__(self, page):
        self.page = page
        self.element = page.locator("time-stepper")

    def open(self, path):
        self.page.goto(path)
        self.element.locator(".stepper-open").press("Enter")
        expect(self.element.locator(".stepper")).to_be_focused()
        return self

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def read(self):
        """What the page shows now, in one look."""
        return self.element.evaluate(READ)

    @property
    def step(self):
        return self.read()["step"]

    @property
    def function(self):
        return self.read()["function"]

    @property
    def line(self):
        return self.read()["line"]

    @property
    def asks(self):
        return self.read()["asks"]

    def value(self, name):
        """What a row shows: of what is watched, else of the variables."""
        return self.read()["values"][name]

    def numbers(self, name):
        """The numbers of a list that a row shows."""
        return [float(word) for word in self.value(name)[1:-1].split(", ")]

    def answer(self, place=0):
        """Commit to a choice, with the keyboard alone."""
        self.press(str(place + 1), "Enter")
        expect(self.element.locator(".predict-verdict")).to_be_focused()

    def to(self, function, line, key="PageDown"):
        """Go on until a line of a function is next, answering on the way."""
        for _ in range(300):
            now = self.read()
            if now["function"] == function and line in now["line"]:
                return
            if now["asks"]:
                self.answer()
            self.press(key)
            came = self.step > now["step"]
            assert came, f"{function}: {line} never came"
        raise AssertionError(f"{function}: {line} is far away")


@pytest.fixture(params=["light", "dark"])
def replay(page, request):
    page.emulate_media(color_scheme=request.param)
    return Replay(page)


@pytest.fixture
def anywhere(page):
    return Replay(page)


def four(values):
    """Numbers as the recording spells them."""
    return [float(f"{value.data:.4g}") for value in values]


def test_two_paths_are_built_ordered_and_walked_back(replay):
    replay.open(TWO_PATHS)
    seen, lists = [], []
    count = int(replay.element.get_attribute("data-steps"))
    for _ in range(count - 1):
        now = replay.read()
        if now["asks"]:
            replay.answer()
        grad, topo = now["values"]["a.grad"], now["values"]["topo"]
        if seen[-1:] != [grad]:
            seen.append(grad)
        if lists[-1:] != [topo]:
            lists.append(topo)
        replay.press("ArrowRight")
    assert seen == ["—", "0", "1", "4"]
    assert lists[1:] == [
        "[]",
        "[a]",
        "[a, b]",
        "[a, b, a * b]",
        "[a, b, a * b, c]",
    ]
    assert (replay.step, replay.function) == (count - 1, "snippet")
    for _ in range(count - 1):
        replay.press("ArrowLeft")
    assert (replay.step, replay.value("a.grad")) == (0, "—")


def test_the_head_at_position_3_shares_as_the_engine_does(replay):
    rng = random.Random(42)
    wte, wpe = matrix(27, 8, rng), matrix(16, 8, rng)
    names = ("attn_wq", "attn_wk", "attn_wv", "attn_wo")
    weights = {name: matrix(8, 8, rng, std=0.5) for name in names}
    keys, values = [], []
    for pos_id, token_id in enumerate([26, 4, 12, 12]):
        x = rmsnorm([t + p for t, p in zip(wte[token_id], wpe[pos_id])])
        x_attn = attention(x, weights, keys, values, n_head=2)
    q = linear(x, weights["attn_wq"])
    shares = softmax([dot(q[:4], k[:4]) / 4**0.5 for k in keys])
    replay.open(ATTENTION)
    replay.to("attention_head", "return")
    assert replay.numbers("attn_weights") == four(shares)
    replay.press("End")
    while replay.asks:
        replay.answer()
        replay.press("End")
    assert replay.numbers("x_attn") == four(x_attn)


def emma():
    tokenizer = Tokenizer(string.ascii_lowercase)
    model = Model(Config(27, n_embd=8, n_head=2), random.Random(42))
    return model, tokenizer.encode("emma")


def test_a_training_step_has_the_engines_losses_and_weights(replay):
    model, tokens = emma()
    cache, losses = empty_cache(model.config), []
    for pos_id in range(5):
        logits = gpt(model, tokens[pos_id], pos_id, cache)
        losses.append(cross_entropy(logits, tokens[pos_id + 1]))
    replay.open(TRAINING)
    replay.to("document_loss", "return (1 / n)")
    assert replay.numbers("losses") == four(losses)
    training_step(model, tokens, Adam(model.params), 0.01)
    replay.to("Adam.update", "p.grad = 0.0")
    moved = model.params[int(replay.value("i"))].data
    assert f"data={moved:.4g}" in replay.value("p")
    replay.to("snippet", "print")
    mean = sum(loss.data for loss in losses) / 5
    assert float(replay.value("loss")) == pytest.approx(mean, 1e-3)


def test_a_sampled_name_is_the_engines(replay):
    rng, docs = random.Random(42), load_names()
    rng.shuffle(docs)
    tokenizer = Tokenizer.from_docs(docs)
    model = Model(Config(tokenizer.vocab_size, n_embd=8, n_head=2), rng)
    for _ in train(model, tokenizer, docs, 300):
        pass
    name = sample(model, tokenizer, random.Random(9))
    replay.open(SAMPLED)
    replay.to("sample", "break")
    assert replay.value("tokenizer.decode(tokens)") == repr(name)
    ids = ", ".join(map(str, tokenizer.encode(name)))
    assert replay.value("tokens") == f"[{ids}]"


def plainly(recording, steps, values):
    """What a timeline shows at each step, with no search in it."""
    shown, at, value = {}, 0, 0
    for later, change in zip(steps, values):
        at, value = at + later, value + change
        shown[at] = recording["values"][value] if value >= 0 else None
    texts, text = [], None
    for step in range(len(recording["lines"])):
        text = shown.get(step, text)
        texts.append(text)
    return texts


@pytest.mark.parametrize("path", [TWO_PATHS, ATTENTION])
def test_the_page_reads_a_recording_as_python_does(anywhere, site, path):
    replay = anywhere.open(path)
    name = replay.element.get_attribute("data-name")
    text = (site / f"recordings/{name}.js").read_text(encoding="utf-8")
    recording = json.loads(text[text.index("{") : text.rindex("}") + 1])
    shown = replay.element.evaluate(TIMELINES)
    lines = recording["watch"] + [
        line for call in recording["variables"] for line in call
    ]
    assert len(lines) > 50
    assert shown == [plainly(recording, *line[1:]) for line in lines]


@pytest.mark.parametrize("path", PAGES)
def test_a_replay_opens_within_a_second(page, path):
    page.goto(path)
    assert page.evaluate(OPEN) < 1000


def test_ten_thousand_steps_scrub_at_60_a_second(anywhere):
    replay = anywhere.open(TRAINING)
    count = replay.page.evaluate(
        "document.querySelector('time-stepper').recording.visible.length"
    )
    assert count > 10_000
    best = max(replay.page.evaluate(SCRUB) for _ in range(3))
    print(f"{best:.0f} steps drawn a second")
    assert best > 60


def test_into_opens_a_fold_and_out_leaves_it(anywhere):
    replay = anywhere.open(ATTENTION)
    replay.to("rmsnorm", "mean_square", key="ArrowRight")
    hint = replay.element.locator(".stepper-hint")
    expect(hint).to_have_text("Into opens dot.")
    before = replay.step
    replay.press("F11")
    assert (replay.step, replay.function) == (before + 1, "dot")
    replay.press("Shift+F11")
    assert replay.function == "rmsnorm"
    replay.press("Home")
    replay.to("rmsnorm", "mean_square", key="ArrowRight")
    replay.press("ArrowRight")  # without opening: the sum is one step
    assert replay.line.strip().startswith("scale =")
    replay.press("ArrowLeft")
    assert replay.step == before


def test_over_stays_in_the_function_and_back_over_undoes_it(anywhere):
    replay = anywhere.open(TWO_PATHS)
    replay.press("F10", "F10")
    assert replay.line.startswith("c = a * b")
    replay.press("F10")
    assert replay.line.startswith("topo = build_topo")
    replay.press("F10")  # a question on the way holds the replay
    assert (replay.asks, replay.function) == (True, "build_topo.visit")
    replay.press("Shift+F10")
    assert replay.function == "build_topo.visit"
    replay.press(*["Shift+F10"] * 20)
    assert replay.line.startswith("from microgpt")


def test_a_click_on_a_line_sets_a_breakpoint_that_stops(anywhere):
    replay = anywhere.open(SAMPLED)
    replay.to("gpt", "x = [t + p")
    lines = replay.element.locator(".stepper-code li")
    line = lines.filter(has_text="return linear")
    line.click()
    pressed = line.locator(".stepper-dot")
    expect(pressed).to_have_attribute("aria-pressed", "true")
    replay.element.locator(".stepper").focus()
    replay.to("gpt", "return linear")
    replay.press("b")
    expect(pressed).to_have_attribute("aria-pressed", "false")


def test_next_change_goes_to_where_a_value_becomes_another(anywhere):
    replay = anywhere.open(TWO_PATHS)
    replay.press("F10")
    button = replay.page.get_by_role("button", name="next change of topo")
    button.first.click()
    assert replay.value("topo") == "[]"
    button.first.click()
    assert replay.asks  # the question on the way holds the replay
    replay.answer(place=2)
    expect(replay.element.locator(".predict-verdict")).to_contain_text("Right")
    button.first.click()
    assert replay.value("topo") == "[a]"


def test_a_wrong_prediction_shows_every_reason(anywhere):
    replay = anywhere.open(TWO_PATHS)
    while not replay.asks:
        replay.press("PageDown")
    assert replay.element.locator(".stepper-question .right").count() == 0
    replay.answer(place=0)
    expect(replay.element.locator(".predict-verdict")).to_contain_text(
        "Not this time: it is [a]"
    )
    assert replay.element.locator(".stepper-question .wrong").count() == 2
    assert replay.element.locator(".stepper-question .right").count() == 1


def test_a_question_holds_the_replay_and_the_keys(anywhere):
    replay = anywhere.open(TWO_PATHS)
    while not replay.asks:
        replay.press("PageDown")
    asked = replay.step
    for key in ("ArrowRight", "ArrowRight", "F10", "F11", "PageDown"):
        replay.press(key)
    assert (replay.step, replay.asks) == (asked, True)
    hint = replay.element.locator(".stepper-question .stepper-hint")
    expect(hint).to_have_text(
        "Predict first: choose with 1, 2, 3, and commit with Enter."
    )
    assert replay.element.locator("input:checked").count() == 0
    replay.press("ArrowLeft")
    assert replay.step == asked - 1  # back is always free


def test_the_answer_can_be_shown(anywhere):
    replay = anywhere.open(TRAINING)
    while not replay.asks:
        replay.press("PageDown")
    replay.answer()
    replay.element.locator(".stepper-show").press("Enter")
    assert replay.function == "cross_entropy"
    assert replay.value("probs[target].data").startswith("0.04")
    expect(replay.element.locator(".stepper")).to_be_focused()


def test_the_keys_work_after_a_click_on_what_goes_away(anywhere):
    replay = anywhere.open(TWO_PATHS)
    replay.to("build_topo.visit", "if node not in visited", key="ArrowRight")
    replay.element.locator(".stepper-stack button").nth(2).click()
    while replay.function != "snippet":
        replay.press("Shift+F11")
        if replay.asks:
            replay.answer()
    step = replay.step
    replay.press("ArrowLeft")
    assert replay.step == step - 1


def test_the_slider_goes_anywhere_by_key_and_by_pointer(anywhere):
    replay = anywhere.open(TWO_PATHS)
    slider = replay.element.locator(".stepper-range")
    slider.focus()
    replay.press("End")
    replay.page.wait_for_function(
        "e => e.value === e.max", arg=slider.element_handle()
    )
    expect(replay.element).to_have_attribute("step", str(last(replay)))
    expect(slider).to_be_focused()
    box = slider.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    replay.page.mouse.click(*middle)
    expect(replay.element.locator(".stepper")).to_be_focused()
    assert 40 < replay.step < 80


def last(replay):
    return replay.element.evaluate("e => e.recording.count") - 1


def test_a_breakpoint_on_any_line_is_set_by_keyboard(anywhere):
    replay = anywhere.open(TWO_PATHS)
    dots = replay.element.locator(".stepper-dot:enabled")
    dots.first.focus()
    replay.press("ArrowDown", "ArrowDown", "Enter")
    expect(dots.nth(2)).to_have_attribute("aria-pressed", "true")
    expect(dots.nth(2)).to_be_focused()
    assert replay.step == 0


def test_two_clicks_open_one_replay(page):
    page.goto(TWO_PATHS)
    page.locator(".stepper-open").dblclick(no_wait_after=True)
    expect(page.locator(".stepper")).to_be_focused()
    assert page.locator(".stepper").count() == 1


def test_a_missing_view_leaves_the_table_and_the_focus(page):
    page.route("**/stepper-view.js", lambda route: route.abort())
    page.goto(TWO_PATHS)
    page.locator(".stepper-open").press("Enter")
    expect(page.locator(".stepper-launch")).to_be_focused()
    expect(page.locator(".stepper-table table")).to_be_visible()


def test_the_last_step_says_so(anywhere):
    replay = anywhere.open(ATTENTION)
    note = replay.element.locator(".stepper-note")
    expect(note).to_contain_text("Next stop leads from question to question")
    for _ in range(4):
        replay.press("End")
        if replay.asks:
            replay.answer()
    expect(note).to_contain_text("the end of the recording")
    button = replay.page.get_by_role("button", name="Next", exact=True)
    expect(button).to_have_attribute("aria-disabled", "true")


def test_a_caller_in_the_stack_shows_its_own_variables(anywhere):
    replay = anywhere.open(TWO_PATHS)
    replay.to("build_topo.visit", "if node not in visited", key="ArrowRight")
    replay.element.locator(".stepper-stack button").nth(1).click()
    assert replay.function == "build_topo"
    assert replay.line.strip() == "visit(root)"
    assert "c: Value(data=8" in replay.value("root")


@pytest.mark.parametrize("path", PAGES)
def test_an_open_replay_fits_a_phone(page, path):
    page.set_viewport_size({"width": 320, "height": 640})
    replay = Replay(page).open(path)
    replay.press("PageDown", "PageDown")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide == 320


@pytest.mark.parametrize("path", PAGES)
def test_without_a_script_the_moments_stand_in_a_table(browser, address, path):
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto(path)
    table = page.locator("time-stepper .stepper-table table")
    assert table.is_visible()
    assert table.locator("tbody tr").count() >= 7
    assert not page.locator(".stepper-open").count()
    context.close()


def test_a_recording_that_does_not_come_leaves_the_table(page):
    page.route("**/recordings/*", lambda route: route.abort())
    page.goto(TWO_PATHS)
    page.locator(".stepper-open").click()
    expect(page.locator("time-stepper")).to_contain_text("could not be loaded")
    expect(page.locator(".stepper-table table")).to_be_visible()


def test_a_replay_works_from_a_file(browser, site):
    page = browser.new_page()
    page.goto((site / TWO_PATHS).as_uri())
    page.locator(".stepper-open").click()
    expect(page.locator(".stepper")).to_be_focused()
    page.close()
