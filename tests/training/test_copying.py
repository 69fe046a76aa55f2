"""The copier learns from banks of hinted linearts, and beats the fills where they fail."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lineart_lib import images
from lineart_lib.models.copying import Copier, Decision, paint_decision
from lineart_lib.models.correcting import FOLLOWED
from lineart_lib.recipe.artwork import connected_regions
from lineart_lib.recipe.choices import Choices, painted
from lineart_lib.recipe.pictures import Pictures
from lineart_lib.recipe.practice import Practice
from lineart_lib.runtime import generator
from lineart_lib.training import bank as banks
from lineart_lib.training import copying
from lineart_lib.training.bank import MANY, TOGETHER, batch_rows, draw_bank, draw_banks
from lineart_lib.training.copying import (
    CopySettings,
    Lesson,
    copy_loss,
    lesson,
    right_colours,
)
from lineart_lib.training.correcting import corrector
from lineart_lib.training.loop import fit
from lineart_lib.training.record import SAMPLES
from lineart_lib.training.settings import LoopSettings

NEAT = Practice(damaged=0, extracted=0, bare=0, complete=1, dots=0, careless=0, opened=0)
SIDE = 32


def rooms(count, seed, gap=0):
    """Two coloured rooms side by side on white; the wall between them may have a gap."""
    draw = np.random.default_rng(seed)
    lineart = np.full((count, SIDE, SIDE), 255, np.uint8)
    flats = np.full((count, SIDE, SIDE, 3), 255, np.uint8)
    for row in range(count):
        left, wall, right = 3, int(draw.choice([8, 9, 22, 23])), 28
        art = lineart[row, 4:28]
        art[:, [left, wall, right]] = 0
        art[[0, -1], left : right + 1] = 0
        flats[row, 4:28, left:wall] = draw.integers(40, 216, 3)
        flats[row, 4:28, wall : right + 1] = draw.integers(40, 216, 3)
        if gap:
            top = int(draw.integers(7, 24 - gap))
            art[top : top + gap, wall] = 255
    alpha = np.where((flats == 255).all(-1, keepdims=True), 0, 255).astype(np.uint8)
    regions = np.stack([connected_regions(one) for one in np.concatenate([flats, alpha], -1)])
    names = tuple(f"rooms-{seed}-{row}" for row in range(count))
    return Pictures(
        lineart,
        np.where(lineart[..., None] == 0, np.uint8(0), flats),
        flats,
        flats,
        regions,
        np.zeros_like(lineart),
        names,
        names,
        ((),) * count,
        ("artist",) * count,
    )


def settings(**changes):
    """Small ones."""
    loop = LoopSettings(steps=150, learning_rate=5e-3, ema=0.8, log_every=20)
    small = CopySettings(widths=(16, 24), keys=8, draws=1, batch_size=6, practice=NEAT, loop=loop)
    return replace(small, **changes)


def test_it_learns_to_close_gaps_that_fills_leak_through(tmp_path, monkeypatch):
    """Learning: on other drawings its error is less than half of the best fill's."""
    monkeypatch.setenv("LINEART_THREADS", "1")
    practice = replace(NEAT, dots=1)
    learn, watch = (draw_bank(rooms(24, seed, gap=14), 2, practice, seed) for seed in (0, 1))
    wanted = settings(recoloured=1.0)

    def batch_of(step, rank, ranks):
        draw = torch.Generator().manual_seed(step)
        return lesson(learn, torch.randint(len(learn), (6,), generator=draw), wanted, draw)

    torch.manual_seed(0)
    model = Copier(wanted.widths, wanted.keys)
    run = fit(
        model,
        batch_of,
        lambda model, batch: copy_loss(model, batch, wanted),
        wanted.loop,
        tmp_path / "run",
        progress=False,
    )
    assert run.metrics[-1]["choice"] < run.metrics[0]["choice"] / 2
    plain = replace(wanted, recoloured=0.0)
    seen = lesson(watch, torch.arange(len(watch)), plain, torch.Generator().manual_seed(0))
    with torch.inference_mode():
        ours = paint_decision(run.model(seen.choices), seen.choices.colours, sharpness=4)

    def error(picture):
        bare = seen.bare.expand_as(picture)
        return float(((picture - seen.colour)[bare] ** 2).mean())

    fills = [error(painted(seen.choices.fills[:, i], seen.choices.colours)) for i in range(3)]
    assert min(fills) > 0.003  # They do leak.
    assert error(ours) < min(fills) / 2


def test_a_bank_does_not_depend_on_who_draws_it(monkeypatch):
    """Property: one process or two, and however many draws follow, an entry stays the same."""
    monkeypatch.setenv("LINEART_THREADS", "1")
    pictures = rooms(3, 0)
    alone = draw_bank(pictures, 2, Practice(), seed=5)
    first = draw_bank(pictures, 1, Practice(), seed=5)
    monkeypatch.setenv("LINEART_THREADS", "2")
    monkeypatch.setattr(banks, "FEW", 0)
    together = draw_bank(pictures, 2, Practice(), seed=5)
    for name in ("lineart", "markers", "fills", "pieces", "counts"):
        mine = getattr(alone.choices, name)
        assert torch.equal(mine, getattr(together.choices, name)), name
        assert torch.equal(mine[:3], getattr(first.choices, name)), name
    both = draw_banks([rooms(2, 1), pictures], 2, Practice(), seed=5)
    for mine, again in zip(both[1].choices, alone.choices, strict=True):
        assert torch.equal(mine, again)
    assert (len(both[0]), len(both[0].colour)) == (4, 2)
    assert alone.rows.tolist() == [0, 1, 2, 0, 1, 2]
    assert not torch.equal(alone.choices.markers[:3], alone.choices.markers[3:])


def test_batches_take_all_rows_alike_and_gather_those_with_many_colours():
    """Property: rows come as often as by chance; at most one batch of some mixes poor and rich."""
    counts = torch.tensor([1, MANY, MANY + 1, 2, 40])
    bank = draw_bank(rooms(5, 0), 1, NEAT, seed=0)
    bank = replace(bank, choices=bank.choices._replace(counts=counts))
    turns = [batch_rows(bank, 6, turn, (3,)) for turn in range(100 * TOGETHER)]
    assert torch.equal(batch_rows(bank, 6, 17, (3,)), turns[17])
    assert not torch.equal(batch_rows(bank, 6, 17, (4,)), turns[17])
    rich = torch.stack([counts[rows] > MANY for rows in turns])
    mixed = rich.any(dim=1) & ~rich.all(dim=1)
    assert mixed.view(-1, TOGETHER).sum(dim=1).max() == 1
    assert (rich.all(dim=1).view(-1, TOGETHER).sum(dim=0) > 0).all()  # At any place among them.
    often = torch.bincount(torch.cat(turns), minlength=5) / (600 * TOGETHER)
    assert often.tolist() == pytest.approx([0.2] * 5, abs=0.03)  # Five deviations of 4,800 draws.


def test_each_source_takes_its_own_turns(monkeypatch):
    """Property: step by step the sources alternate, each with the rows of its next turn."""
    monkeypatch.setenv("LINEART_THREADS", "1")
    monkeypatch.setattr(copying, "_learned_from", lambda source, *_: rooms(9, len(source)))
    seen = []
    monkeypatch.setattr(copying, "lesson", lambda bank, rows, *_: seen.append((bank, rows)))
    monkeypatch.setattr(copying, "share", lambda found, *_: found)
    kept, base = {}, settings(sources=("one", "other"), seed=7)
    batch_of = copying.lessons("smoke", base, kept)
    for step in range(6):
        batch_of(step, 0, 1)
    banks_of = list(kept.values())
    for step, (bank, index) in enumerate(seen):
        assert bank is banks_of[step % 2]
        assert torch.equal(index, batch_rows(bank, base.batch_size, step // 2, (7, step % 2)))
    assert not torch.equal(seen[0][1], seen[1][1])


def test_first_steps_have_drawings_of_half_the_size(monkeypatch):
    """Equivalence: such a lesson is the whole one, seen at every second pixel; paper is what is
    paper in all four. After their share of the steps come whole ones."""
    monkeypatch.setenv("LINEART_THREADS", "1")
    monkeypatch.setattr(copying, "_learned_from", lambda source, *_: rooms(9, len(source)))
    budget = LoopSettings(steps=10)
    batch_of = copying.lessons("smoke", settings(sources=("one",), small=0.3, loop=budget))
    sides = [batch_of(step, 0, 1).colour.shape[-1] for step in range(10)]
    assert sides == [SIDE // 2] * 3 + [SIDE] * 7
    timed = copying.lessons("smoke", settings(sources=("one",), loop=LoopSettings(minutes=1)))
    assert timed(0, 0, 1).colour.shape[-1] == SIDE
    bank, index = draw_bank(rooms(8, 3), 1, NEAT, seed=0), torch.arange(8)
    wanted = settings(recoloured=0.0)
    whole = lesson(bank, index, wanted, torch.Generator().manual_seed(1))
    half = lesson(bank, index, wanted, torch.Generator().manual_seed(1), small=True)
    # A mirrored one has another pixel of four first.
    straight = (whole.colour == images.to_signed(bank.colour)).flatten(1).all(1)
    assert straight.any()
    for name in ("colour", "right", "miss"):
        every = getattr(whole, name)[..., ::2, ::2]
        assert torch.equal(getattr(half, name)[straight], every[straight]), name
    blocks = whole.bare.unfold(2, 2, 2).unfold(3, 2, 2).flatten(4).all(-1)
    assert torch.equal(half.bare, blocks)


def test_what_ablations_share_is_drawn_once(monkeypatch):
    """Property: another network takes the bank that is there, other practice draws its own."""
    drawn = []
    monkeypatch.setenv("LINEART_THREADS", "1")
    monkeypatch.setattr(copying, "_learned_from", lambda source, *_: rooms(3, len(source)))
    monkeypatch.setattr(
        copying, "draw_banks", lambda *given: drawn.extend(given[0]) or draw_banks(*given)
    )
    kept, base = {}, settings(sources=("one", "other"), draws=1)
    first = [copying.lessons("smoke", base, kept)(step, 0, 1) for step in range(2)]
    without = copying.lessons("smoke", replace(base, piece_channels=0), kept)
    for step, batch in enumerate(first):
        for mine, again in zip(batch.choices, without(step, 0, 1).choices, strict=True):
            assert torch.equal(mine, again)
    assert len(drawn) == 2
    copying.lessons("smoke", replace(base, sources=("one", "third")), kept)(0, 0, 1)
    assert len(drawn) == 2
    copying.lessons("smoke", replace(base, sources=("one", "third")), kept)(1, 0, 1)
    assert len(drawn) == 3
    copying.lessons("smoke", replace(base, practice=Practice()), kept)(0, 0, 1)
    assert len(drawn) == 5


def test_what_belongs_together_is_mirrored_and_recoloured_together(monkeypatch):
    """Property: neat hints still have the colour that is under them, white is still white."""
    monkeypatch.setenv("LINEART_THREADS", "1")
    pictures = rooms(8, 3)
    bank = draw_bank(pictures, 1, NEAT, seed=0)
    batch = lesson(
        bank, torch.arange(8), settings(recoloured=1.0), torch.Generator().manual_seed(1)
    )
    marked = (batch.choices.markers > 0)[:, None].expand(-1, 3, -1, -1)
    assert torch.equal(
        painted(batch.choices.markers, batch.choices.colours)[marked], batch.colour[marked]
    )
    assert (batch.choices.markers[:, 0, 0] > 0).all()  # the paper at the border is a hint
    assert (batch.colour[:, :, 0, 0] == 1).all()
    plain = images.to_signed(bank.colour)
    same = (batch.colour == plain).flatten(1).all(1)
    turned = (batch.colour == plain.flip(-1)).flatten(1).all(1)
    assert not (same | turned).all()  # some were recoloured
    torch.testing.assert_close(
        batch.colour.sort(1).values.mean((2, 3)), plain.sort(1).values.mean((2, 3))
    )
    assert torch.equal(batch.bare, batch.choices.lineart == 1)


def one_pixel(colour, colours, flat=None):
    """A lesson of one pixel that is bare."""
    plane = lambda values: torch.tensor(values)[None, :, None, None]  # noqa: E731
    seen = Choices(
        torch.ones(1, 1, 1, 1),
        torch.zeros(1, 1, 1, dtype=torch.uint8),
        torch.zeros(1, 3, 1, 1, dtype=torch.uint8),
        torch.ones(1, 1, 1, dtype=torch.uint8),
        torch.tensor([colours]),
        torch.tensor([len(colours) - 1]),
    )
    truth = plane(colour)
    told = right_colours(seen, (truth, truth if flat is None else plane(flat)))
    return Lesson(seen, truth, *told, torch.ones(1, 1, 1, 1, dtype=torch.bool))


def test_the_right_colours_of_a_pixel():
    """Closed form: alike to the shaded or flat colour, else the nearest; never a padded one."""
    red, dark, blue, padding = [1.0, -1, -1], [0.5, -1, -1], [-1.0, -1, 1], [0.0, 0, 0]
    known = [red, blue, padding]

    def told(*given):
        batch = one_pixel(*given)
        return batch.right[0, :, 0, 0].tolist(), batch.miss.item()

    assert told([0.99, -1.0, -1], known) == ([True, False, False], 0)
    assert told(dark, known, red) == ([True, False, False], 0)
    assert told(dark, known) == ([True, False, False], pytest.approx(0.5 / 3))
    assert told(padding, known) == ([True, False, False], pytest.approx(1))
    assert told(red, [padding]) == ([False], np.inf)  # No hint at all.
    # As far as colours can be is still nearer than a colour that is not there.
    white, black, none = [1.0, 1, 1], [-1.0, -1, -1], [0.0, 0, 0]
    assert told(black, [white, none]) == ([True, False], 2)


def test_the_loss_of_a_pixel():
    """Closed form: cross-entropy, squared error and absolute error by hand."""
    scores = torch.tensor([0.0, 1.0, -1e4])[None, :, None, None]
    likely = float(torch.tensor(1.0).sigmoid())
    known, wanted = [[1.0, -1, -1], [0.0, 0, 0]], settings(mix=2.0, own=0.5)

    def terms(truth, own):
        own = torch.tensor(own)[None, :, None, None]
        return copy_loss(lambda _: Decision(scores, own), one_pixel(truth, known), wanted)

    found = terms([1.0, -1, -1], [0.0, -1, -1])
    assert found["choice"].item() == pytest.approx(-np.log(likely))
    assert found["mix"].item() == pytest.approx((1 - likely) ** 2 / 3)
    assert found["own"].item() == pytest.approx(1 / 3)
    whole = found["choice"] + 2 * found["mix"] + 0.5 * found["own"]
    assert found["loss"].item() == pytest.approx(whole.item())
    # No hint is right: what comes nearer is, the hint or the colour of its own.
    farther, nearer = terms([0.4, -1, -1], [-0.9, -1, -1]), terms([0.4, -1, -1], [0.3, -1, -1])
    assert farther["choice"].item() == pytest.approx(-np.log(likely))
    assert nearer["choice"].item() == pytest.approx(-np.log(1 - likely))
    # Something is right even where both are as wrong as can be.
    known = [[1.0, 1, 1], [0.0, 0, 0]]
    assert terms([-1.0, -1, -1], [1.0, 1, 1])["choice"].isfinite()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sources": ()}, "sources must name one prepared set at least; got none"),
        ({"draws": 0}, "draws must be at least 1; got 0"),
        ({"most": 0}, "most must be at least 1, or None; got 0"),
        ({"small": -0.1}, r"small must lie in \[0, 1\]; got -0.1"),
        ({"recoloured": 1.2}, r"recoloured must lie in \[0, 1\]; got 1.2"),
        ({"piece_channels": -1}, "piece_channels must be at least 0; got -1"),
        ({"mix": -1.0}, "mix must be at least 0; got -1.0"),
    ],
)
def test_settings_out_of_range_are_named(changes, said):
    """Error: which field, what came, and what it may be."""
    with pytest.raises(ValueError, match=said):
        CopySettings(**changes)
    with pytest.raises(ValueError, match="sum to 1 at most"):
        Practice(damaged=0.7, extracted=0.7)


def test_a_run_is_found_again(tmp_path, monkeypatch):
    """Property: the second call trains nothing and has the same weights. Train is learned from;
    validation is only shown on sheets of samples, which change no weight."""
    asked = []

    def load(source, profile, part, data):
        asked.append((source, part))
        return rooms(8, len(source))

    monkeypatch.setenv("LINEART_RUNS", str(tmp_path))
    monkeypatch.setenv("LINEART_THREADS", "1")
    monkeypatch.setattr(copying, "load_pictures", load)
    monkeypatch.setattr(copying, "prepared_manifest", lambda source, *_: {"sha256": source})
    first, again = copying.copier("smoke"), copying.copier("smoke")
    sources = ("openmoji", "dicebear")
    assert asked == [(name, part) for part in ("train", "validation") for name in sources]
    assert [sheet.name for sheet in (first.folder / SAMPLES).iterdir()] == ["00000006.png"]
    quiet = copying.copier("smoke", "quiet")
    assert not (quiet.folder / SAMPLES).exists()
    assert (first.trained, again.trained) == (True, False)
    for other in (again, quiet):
        weights = other.model.state_dict()
        assert all(
            torch.equal(value, weights[name]) for name, value in first.model.state_dict().items()
        )
    with pytest.raises(ValueError, match="profile must be one of smoke, book, paper; got 'huge'"):
        copying.copier("huge")


def test_a_corrector_learns_what_its_error_asks_for(tmp_path, monkeypatch):
    """Learning: the squared error mends more of what leaked than the absolute one, which mostly
    leaves the fill as it is."""
    monkeypatch.setenv("LINEART_RUNS", str(tmp_path))
    monkeypatch.setenv("LINEART_THREADS", "1")
    monkeypatch.setattr(copying, "_learned_from", lambda source, *_: rooms(24, 0, gap=14))
    monkeypatch.setattr(copying, "prepared_manifest", lambda source, *_: {"sha256": source})
    wanted, banks_kept = settings(practice=replace(NEAT, dots=1), recoloured=1.0), {}
    changes = {
        name: getattr(wanted, name) for name in ("widths", "draws", "practice", "recoloured")
    }
    changes["loop"] = replace(wanted.loop, steps=60)
    runs = {e: corrector("smoke", e, banks_kept, **changes) for e in ("absolute", "squared")}
    bank = draw_bank(rooms(24, 1, gap=14), 1, replace(NEAT, dots=1), 1)
    seen = lesson(bank, torch.arange(24), settings(recoloured=0.0), generator(0))
    cut = painted(seen.choices.fills[:, FOLLOWED], seen.choices.colours)
    with torch.inference_mode():
        made = {error: run.model(seen.choices).own for error, run in runs.items()}
    bare = seen.bare.expand_as(cut)
    off = {
        error: float(((picture - seen.colour)[bare] ** 2).mean()) for error, picture in made.items()
    }
    moved = {error: float((picture - cut)[bare].abs().mean()) for error, picture in made.items()}
    print(off, moved, float(((cut - seen.colour)[bare] ** 2).mean()))
    assert off["squared"] < float(((cut - seen.colour)[bare] ** 2).mean())
    assert moved["absolute"] < moved["squared"]
    with pytest.raises(ValueError, match="error must be one of absolute, squared; got 'cubed'"):
        corrector("smoke", "cubed")
