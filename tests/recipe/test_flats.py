"""L0 smoothing minimises what the paper says; regions and colours are those made by hand."""

import numpy as np
import pytest
from scipy import fft, optimize

from lineart_lib.recipe import flats

RNG = np.random.default_rng(0)


def step(low, high, side=16):
    """Return a picture with two even halves; it goes on at the border, so it has two edges."""
    picture = np.full((1, side, side), low)
    picture[:, :, side // 2 :] = high
    return picture


def test_the_first_problem_is_solved_exactly():
    """Equivalence: keeping or dropping each pixel's jumps, whichever costs less, gives the same."""
    picture, weight, beta = RNG.random((3, 7, 6)), 0.4, 1.1
    across, down = flats.jumps(picture)
    found_across, found_down = flats.kept_jumps(picture, weight, beta)
    dropped_cost = (across**2 + down**2).sum(axis=0)
    keep = dropped_cost > weight / beta
    assert 0 < keep.mean() < 1
    found_cost = ((across - found_across) ** 2 + (down - found_down) ** 2).sum(axis=0)
    found_cost += weight / beta * (np.abs(found_across) + np.abs(found_down)).any(axis=0)
    assert np.allclose(found_cost, np.minimum(dropped_cost, weight / beta))


def test_the_second_problem_is_solved_exactly():
    """Equivalence: a dense least-squares solver finds the same picture; odd and even sides."""
    for height, width in ((5, 6), (4, 7)):
        picture = RNG.random((1, height, width))
        across, down = RNG.normal(size=(2, 1, height, width))
        beta = 0.7
        identity = np.eye(height * width)
        rows = identity.reshape(-1, height, width)  # One picture with a single 1 in each row.
        right = (np.roll(rows, -1, 2) - rows).reshape(height * width, -1).T
        below = (np.roll(rows, -1, 1) - rows).reshape(height * width, -1).T
        matrix = np.concatenate([identity, beta**0.5 * right, beta**0.5 * below])
        target = [picture, beta**0.5 * across, beta**0.5 * down]
        expected = np.linalg.lstsq(matrix, np.concatenate(target, axis=None), rcond=None)[0]
        found = flats.nearest_with_jumps(fft.rfft2(picture), across, down, beta)
        assert np.allclose(found.ravel(), expected, atol=1e-10)


def test_the_energy_of_a_step_is_what_the_paper_says():
    """Equivalence: the step itself costs its jumps, its mean half the step squared."""
    picture, side = step(-0.5, 0.5), 16  # In [0, 1] the step is 0.5 high.
    assert flats.l0_energy(picture, picture, 0.02) == pytest.approx(0.02 * 2 * side)
    mean = np.zeros_like(picture)
    assert flats.l0_energy(mean, picture, 0.02) == pytest.approx(0.25**2 * side**2)


def test_a_high_step_stays_and_a_low_one_goes():
    """Equivalence: the result is the cheaper of the two, which the closed form tells.

    A step of height c in a side of n costs 2 n weight to keep and n² c² / 4 to remove.
    """
    for height in (0.05, 0.9):
        picture, weight = step(-height, height), 0.02
        smooth = flats.l0_smooth(picture, weight)
        keep = 2 * 16 * weight < 16**2 * height**2 / 4
        expected = picture if keep else np.zeros_like(picture)
        assert np.abs(smooth - expected).max() < 1e-4  # What beta of 1e5 leaves.
        assert flats.l0_energy(smooth, picture, weight) == pytest.approx(
            min(2 * 16 * weight, 16**2 * height**2 / 4), rel=1e-3
        )


def test_noise_goes_and_the_step_stays():
    """Property: each half becomes constant, the step keeps its height, the energy falls.

    Beside the edge some noise may stay: a pixel keeps its two jumps or neither, so that those
    along an edge are kept with those across it.
    """
    clean = step(-0.6, 0.6, 32)
    picture = clean + RNG.normal(0, 0.05, clean.shape)
    smooth = flats.l0_smooth(picture)
    for half, level in ((smooth[:, :, 2:14], -0.6), (smooth[:, :, 18:30], 0.6)):
        assert np.ptp(half) < 0.005 < 0.2 < np.ptp(picture[:, :, 2:14])
        assert np.abs(half - level).max() < 0.01  # The mean of 512 noises deviates by 0.002.
    assert flats.l0_energy(smooth, picture) < 0.75 * flats.l0_energy(picture, picture)


def test_smoothing_does_not_depend_on_turning():
    """Property: transposing before or after gives the same picture."""
    picture = np.clip(RNG.normal(0, 0.4, (3, 12, 17)), -1, 1)
    turned = flats.l0_smooth(picture.transpose(0, 2, 1)).transpose(0, 2, 1)
    assert np.allclose(flats.l0_smooth(picture), turned, atol=1e-6)


def test_regions_of_a_picture_made_by_hand():
    """Property: even areas are regions, small ones are flooded, diagonal neighbours stay apart."""
    picture = np.full((3, 12, 12), -1.0)
    picture[:, :6, 6:] = 0.0
    picture[:, 6:, :6] = 0.0  # Touches the other only at a corner.
    picture[:, 2, 2] = 0.8  # A single pixel.
    labels = flats.flat_regions(picture, least_px=4)
    expected = np.ones((12, 12), int)
    expected[:6, 6:], expected[6:, :6], expected[6:, 6:] = 2, 3, 4
    assert np.array_equal(labels, expected)
    slope = np.broadcast_to(np.linspace(-1, 1, 200), (1, 2, 200))
    assert flats.flat_regions(slope).max() == 1  # A shade is one area.
    assert flats.flat_regions(RNG.uniform(-1, 1, (1, 6, 6)), least_px=37).max() == 1


def test_a_soft_edge_is_shared_between_its_sides():
    """Property: no pixel of a slope stays without a region."""
    picture = np.full((1, 8, 20), -1.0)
    picture[:, :, 10:] = 1.0
    picture[:, :, 8:12] = [-0.6, -0.2, 0.2, 0.6]
    labels = flats.flat_regions(picture)
    assert set(np.unique(labels)) == {1, 2}
    assert (np.diff(labels, axis=1) >= 0).all()


def test_medians_and_painting():
    """Equivalence: NumPy's median of each region; paint gives it back, paper where none is."""
    picture = RNG.uniform(-1, 1, (3, 8, 9))
    labels = RNG.integers(0, 4, (8, 9))
    colours = flats.median_colours(picture, labels)
    flat = flats.paint(labels, colours)
    for label in (1, 2, 3):
        expected = np.median(picture[:, labels == label], axis=1)
        assert np.allclose(colours[label - 1], expected, atol=1e-6)
        assert (flat[:, labels == label] == colours[label - 1][:, None]).all()
    assert (flat[:, labels == 0] == 1).all()


def test_few_colours_are_the_best_few():
    """Equivalence: on five grey levels of unequal area, the best pair of clusters by search."""
    colours = np.array([-0.9, -0.7, 0.1, 0.3, 0.8])[:, None].repeat(3, 1)
    areas = np.array([5, 50, 20, 20, 3])

    def loss(centres):
        return (areas * np.min((colours[:, :1] - centres) ** 2, axis=1)).sum()

    best = optimize.brute(loss, ((-1, 1), (-1, 1)), Ns=41, finish=optimize.fmin, disp=False)
    found = flats.fewer_colours(colours, areas, 2)
    assert np.allclose(np.unique(found[:, 0]), np.sort(best), atol=1e-3)  # The search's own step.
    assert np.array_equal(flats.fewer_colours(colours, areas, 5), colours.astype(np.float32))


def test_colours_are_the_same_every_time():
    """Property: equal seeds give equal colours, no more than asked for."""
    colours, areas = RNG.uniform(-1, 1, (60, 3)), RNG.integers(1, 99, 60)
    first, second = (flats.fewer_colours(colours, areas) for _ in range(2))
    assert np.array_equal(first, second)
    assert len(np.unique(first, axis=0)) == 25


def test_a_shaded_disc_becomes_flat():
    """Property: two regions, each of its own median, from a noisy picture with a shade."""
    y, x = np.mgrid[:48, :48]
    disc = (y - 24) ** 2 + (x - 24) ** 2 < 15**2
    base = np.where(disc, 0.5, -0.5) + np.where(disc, (x - 24) / 300, 0)
    picture = np.repeat(base[None], 3, 0) + RNG.normal(0, 0.02, (3, 48, 48))
    flat, labels = flats.flatten(picture, weight=0.01)
    assert labels.max() == 2
    assert np.array_equal(labels == labels[24, 24], disc)
    assert np.abs(flat - np.where(disc, 0.5, -0.5)).max() < 0.02


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: flats.l0_smooth(np.zeros((3, 4, 4)), weight=0), "above 0"),
        (lambda: flats.l0_smooth(np.zeros((4, 4))), "picture must be"),
        (lambda: flats.flat_regions(np.full((3, 4, 4), 2.0)), "smooth must be in"),
        (lambda: flats.median_colours(np.zeros((3, 4, 4)), np.ones((4, 5), int)), "differ in size"),
        (lambda: flats.median_colours(np.zeros((3, 4, 4)), np.full((4, 4), 2)), "missing"),
        (lambda: flats.fewer_colours(np.zeros((3, 3)), np.ones(2)), "its area"),
    ],
)
def test_wrong_input_is_refused_with_words(call, words):
    """Property: the message says what is wrong."""
    with pytest.raises(ValueError, match=words):
        call()
