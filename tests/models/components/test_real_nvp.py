"""RealNVP: inverse pairs and the Jacobian."""

import pytest
import torch

from src.models.components.real_nvp import RealNVP

FEATURES = 5


@pytest.fixture
def flow() -> RealNVP:
    torch.manual_seed(0)
    flow = RealNVP(FEATURES, num_layers=3, d_hidden=8)
    for parameter in flow.parameters():  # nets start near zero, which would test little
        torch.nn.init.normal_(parameter, std=0.3)
    return flow.eval()


def test_inverse_undoes_forward(flow: RealNVP) -> None:
    x = torch.randn(4, FEATURES)
    y, log_det = flow(x)
    back, log_det_back = flow.inverse(y)
    torch.testing.assert_close(back, x, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(log_det_back, -log_det, rtol=1e-4, atol=1e-4)


def test_log_determinant_is_the_jacobian_s(flow: RealNVP) -> None:
    x = torch.randn(FEATURES)
    jacobian = torch.autograd.functional.jacobian(lambda v: flow(v[None])[0][0], x)
    torch.testing.assert_close(flow(x[None])[1][0], torch.linalg.slogdet(jacobian).logabsdet)


def test_masks_alternate(flow: RealNVP) -> None:
    x = torch.randn(2, FEATURES)
    first, _ = flow.couplings[0](x)
    assert torch.equal(first[:, ::2], x[:, ::2])
    second, _ = flow.couplings[1](x)
    assert torch.equal(second[:, 1::2], x[:, 1::2])


def test_wrong_sizes_are_refused(flow: RealNVP) -> None:
    with pytest.raises(ValueError, match=r"\(batch, 5\), got \(2, 4\)"):
        flow(torch.zeros(2, 4))
    with pytest.raises(ValueError, match="features=1"):
        RealNVP(1, num_layers=1)
