"""Oscillators against closed forms, a plain float64 version and the symmetries they must have."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from src.synths import reference
from src.synths.oscillators import DEFAULT_FREQUENCY_RANGE, make_osc, make_sin

# What the loaders promise; float32 rounding reaches 5e-6.
TOLERANCE = 1e-4
# float32 sums of k terms in another order
ROUNDING = 1e-5
RANGES = [DEFAULT_FREQUENCY_RANGE, (0.0, math.pi / 2), (0.0, math.pi), (0.0, 1e-2)]


def draw(*shape: int) -> Tensor:
    return 2 * torch.rand(*shape, generator=torch.Generator().manual_seed(0)) - 1


def test_one_sine_is_the_sine_of_numpy() -> None:
    frequency, amplitude = np.float32(-0.3), np.float32(0.4)
    signal = make_sin(torch.tensor([frequency, amplitude]), length=1000)
    omega = (float(frequency) + 1) / 2 * np.pi
    expected = (float(amplitude) + 1) / 2 * np.sin(omega * np.arange(1000))
    np.testing.assert_allclose(signal.numpy(), expected, atol=TOLERANCE)


@pytest.mark.parametrize("break_symmetry", [False, 0.3, True])
@pytest.mark.parametrize(("k", "length"), [(1, 1), (3, 77), (4, 128), (16, 1024), (2, 5000)])
def test_sin_equals_float64(k: int, length: int, break_symmetry: float) -> None:
    params = 2 * draw(20, 2 * k)  # k-sin clamps nothing
    signal = make_sin(params, length, break_symmetry)
    expected = reference.make_sin(params, length, break_symmetry)
    assert signal.dtype == torch.float32
    torch.testing.assert_close(signal.double(), expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("frequency_range", RANGES)
@pytest.mark.parametrize("break_symmetry", [False, 0.75, True])
@pytest.mark.parametrize(("k", "length"), [(1, 1), (1, 1024), (3, 77), (16, 1024), (2, 5000)])
def test_osc_equals_float64(
    k: int, length: int, break_symmetry: float, frequency_range: tuple[float, float]
) -> None:
    params = 1.2 * draw(40, 3 * k)  # some beyond the clamp
    params[0, :k], params[1, :k] = -1, 1  # the ends of the range
    signal = make_osc(params, length, break_symmetry, frequency_range)
    expected = reference.make_osc(params, length, break_symmetry, frequency_range)
    assert signal.dtype == torch.float32
    torch.testing.assert_close(signal.double(), expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize(("render", "width"), [(make_sin, 2), (make_osc, 3)])
def test_the_symmetry_is_broken_by_degrees(render: Callable[..., Tensor], width: int) -> None:
    """The ends are the two conditions to the bit; in between, each band by its ends."""
    params = draw(30, 4 * width)
    whole, own = (render(params, 128, broken) for broken in (False, True))
    assert torch.equal(render(params, 128, 0.0), whole)
    assert torch.equal(render(params, 128, 1.0), own)
    position = torch.arange(4) / 4  # lower ends of the disjoint bands
    low, high = 0.5 * position, 1 - 0.5 * (0.75 - position)
    whole_range = params.double()
    whole_range[:, :4] = 2 * (low + (high - low) * (whole_range[:, :4] + 1) / 2) - 1
    expected = render(whole_range, 128)
    torch.testing.assert_close(render(params, 128, 0.5), expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("strength", [-0.1, 1.1, math.nan])
def test_strengths_beyond_the_ends_are_refused(strength: float) -> None:
    with pytest.raises(ValueError, match=r"break_strength: expected a number from 0 to 1, got"):
        make_osc(torch.zeros(1, 3), 10, strength)


def test_waveforms_are_what_their_names_say() -> None:
    """Far from the jumps, at a hundredth of a cycle a sample."""
    step = 0.01
    n = torch.arange(200)
    phase = (step * n) % 1
    plain = {
        -1.0: -torch.sin(2 * math.pi * phase),
        0.0: torch.where(phase < 0.5, -1.0, 1.0),
        1.0: 2 * phase - 1,
    }
    plain[-0.5] = (plain[-1.0] + plain[0.0]) / 2
    plain[0.25] = 0.75 * plain[0.0] + 0.25 * plain[1.0]
    smooth = (n % 50 > 1) & (n % 50 < 49)
    for waveform, expected in plain.items():
        params = torch.tensor([1.0, 1.0, waveform])
        signal = make_osc(params, 200, frequency_range=(0.0, 2 * math.pi * step))
        torch.testing.assert_close(signal[smooth], expected[smooth], rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("waveform", [0.0, 1.0])
def test_poly_blep_aliases_less_than_a_plain_waveform(waveform: float) -> None:
    """All partials of a tone of 371 cycles in 4096 samples lie on bins; the rest is aliasing."""
    length, cycles = 4096, 371
    tone = {"frequency_range": (0.0, 2 * math.pi * cycles / length)}
    params = torch.tensor([1.0, 1.0, waveform])

    def alias_db(signal: Tensor) -> float:
        power = torch.fft.rfft(signal.double()).abs().square()
        partials = torch.zeros_like(power, dtype=torch.bool)
        partials[::cycles] = True
        return 10 * math.log10(float(power[~partials].sum() / power[partials].sum()))

    plain = alias_db(reference.make_osc(params, length, antialias=False, **tone))
    smooth = alias_db(make_osc(params, length, **tone))
    assert smooth < plain - 10  # measured: 19 for the square, 16 for the sawtooth


def test_zero_frequency_is_the_limit_of_low_ones() -> None:
    for waveform in (-1.0, 0.0, 1.0):
        still, slow = (
            make_osc(torch.tensor([-1.0, 1.0, waveform]), 100, frequency_range=(low, 1.0))
            for low in (0.0, 1e-6)
        )
        torch.testing.assert_close(still, slow, rtol=0, atol=1e-3)  # a phase of 1e-4 rad


@pytest.mark.parametrize(("render", "width"), [(make_sin, 2), (make_osc, 3)])
class TestBoth:
    """What holds for either synthesizer."""

    def test_leading_axes_are_kept(self, render: Callable[..., Tensor], width: int) -> None:
        params = draw(2, 3, 4 * width)
        signal = render(params, 50)
        assert signal.shape == (2, 3, 50)
        torch.testing.assert_close(signal[1, 2], render(params[1, 2], 50), rtol=0, atol=0)
        assert render(params[:0], 50).shape == (0, 3, 50)

    @pytest.mark.parametrize("k", [1, 2, 3, 16])
    def test_bits_do_not_depend_on_the_batch(
        self, render: Callable[..., Tensor], width: int, k: int
    ) -> None:
        params = draw(300, k * width)
        whole = render(params, 1000)
        for size in (1, 7, 64):
            parts = torch.cat([render(part, 1000) for part in params.split(size)])
            assert torch.equal(parts, whole)

    def test_bits_do_not_depend_on_threads(self, render: Callable[..., Tensor], width: int) -> None:
        params = draw(64, 16 * width)
        threads = torch.get_num_threads()
        try:
            torch.set_num_threads(1)
            one = render(params, 1024)
            torch.set_num_threads(3)
            assert torch.equal(render(params, 1024), one)
        finally:
            torch.set_num_threads(threads)

    def test_low_precision_settings_of_a_training_change_nothing(
        self, render: Callable[..., Tensor], width: int
    ) -> None:
        params = draw(16, 4 * width)
        expected = render(params, 1024)
        precision = torch.get_float32_matmul_precision()
        try:
            torch.set_float32_matmul_precision("medium")
            with torch.autocast("cpu", dtype=torch.bfloat16):
                signal = render(params, 1024)
        finally:
            torch.set_float32_matmul_precision(precision)
        torch.testing.assert_close(signal, expected, rtol=0, atol=ROUNDING)

    def test_order_of_oscillators_is_inaudible_unless_symmetry_is_broken(
        self, render: Callable[..., Tensor], width: int
    ) -> None:
        params = draw(8, 4 * width)
        swapped = params.unflatten(1, (width, 4))[..., [2, 0, 3, 1]].flatten(1)
        torch.testing.assert_close(render(swapped, 256), render(params, 256), rtol=0, atol=ROUNDING)
        difference = render(swapped, 256, True) - render(params, 256, True)
        assert (difference.abs().amax(1) > 0.05).all()

    def test_broken_symmetry_gives_disjoint_bands(
        self, render: Callable[..., Tensor], width: int
    ) -> None:
        """The loudest bin of each oscillator alone, at both ends of its band."""
        k, length = 4, 4096
        options = {} if width == 2 else {"frequency_range": (0.0, math.pi)}
        edges = []
        for oscillator in range(k):
            rows = torch.full((2, width, k), -1.0)  # silent sines
            rows[:, 0] = torch.tensor([[-0.99], [0.99]])
            rows[:, 1, oscillator] = 1
            spectrum = torch.fft.rfft(render(rows.flatten(1), length, True, **options)).abs()
            edges += (spectrum.argmax(1) / (length / 2)).tolist()
        expected = [(i + f) / k for i in range(k) for f in (0.005, 0.995)]
        assert edges == pytest.approx(expected, abs=1 / length)

    def test_wrong_arguments_are_named(self, render: Callable[..., Tensor], width: int) -> None:
        with pytest.raises(ValueError, match=r"params: .*got \(5, 7\)"):
            render(torch.zeros(5, 7), 10)
        with pytest.raises(ValueError, match="length"):
            render(torch.zeros(5, width), 0)

    @pytest.mark.gpu
    @pytest.mark.parametrize("break_symmetry", [False, True])
    def test_device_renders_what_the_cpu_does(
        self, render: Callable[..., Tensor], width: int, break_symmetry: bool
    ) -> None:
        params = draw(2000, 16 * width)  # more than one chunk
        torch.set_float32_matmul_precision("high")  # TensorFloat-32 must not matter
        try:
            device = render(params.cuda(), 1024, break_symmetry).cpu()
        finally:
            torch.set_float32_matmul_precision("highest")
        expected = render(params, 1024, break_symmetry)
        torch.testing.assert_close(device, expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("frequency_range", [(0.5, 0.5), (-0.1, 1.0), (0.0, 3.2)])
def test_impossible_frequency_range_is_refused(frequency_range: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="frequency_range: expected 0 <= low < high <= pi"):
        make_osc(torch.zeros(1, 3), 10, frequency_range=frequency_range)
