"""The guarantees of Sample: the documented chain, and equal bits for equal seeds regardless of other requests."""

import grpc
import numpy as np
import numpy_model
import programs
import pytest

CHAINS, STEPS, SEED = 8, 20, 12345678901234567


@pytest.fixture
def model(channel, wire):
    return wire.ModelServiceStub(channel).GetModel(wire.GetModelRequest()).model


@pytest.fixture
def sample(channel, wire):
    """Returns a function that sends a SampleRequest and returns (frames, summary)."""
    stub = wire.InferenceServiceStub(channel)

    def ask(request):
        messages = list(stub.Sample(request, timeout=120))
        return [message.frame for message in messages[:-1]], messages[-1].summary

    return ask


def request(wire, start="CHAIN_START_UNIFORM", **fields):
    settings = wire.SamplerSettings(
        steps=STEPS,
        langevin=wire.Langevin(step_size=0.1, noise_scale=0.05, final_noise_free_step=False),
        clamp=wire.Clamp(),
        start=getattr(wire, start),
    )
    return wire.SampleRequest(**{"chains": CHAINS, "seed": SEED, "sampler": settings, **fields})


def states_at(frames, step: int) -> np.ndarray:
    """Returns the states at a step, [CHAINS, D] in data units. Every chain must appear once."""
    states = {}
    for frame in frames:
        if frame.step == step:
            rows = np.frombuffer(frame.states.data, dtype="<f4").reshape(frame.states.shape)
            for chain, row in zip(frame.chains, rows):
                assert chain not in states
                states[chain] = row
    assert sorted(states) == list(range(CHAINS))
    return np.stack([states[chain] for chain in range(CHAINS)])


def run_oracle(checkpoint, settings: numpy_model.Langevin, steps: int, start) -> tuple[np.ndarray, float]:
    """The states after `steps` in double precision, and the largest error allowed for single precision.

    Rounding errors grow along a chain at a rate that depends on the model. The oracle itself, run in single precision,
    shows the size of the error. Another order of the same sums has a similar error, so ten times that is allowed.
    """
    exact = settings.run(numpy_model.Mlp.load(checkpoint), start, steps)
    single = settings.run(numpy_model.Mlp.load(checkpoint, np.float32), start, steps)
    return exact, 10 * np.abs(single - exact).max() + 1e-6


@pytest.mark.parametrize("target_class", [None, 3])
@pytest.mark.parametrize("clamp", [None, (0.0, 16.0)])
@pytest.mark.parametrize("noise_free_end", [False, True])
def test_the_chain_is_the_documented_one(sample, wire, model, checkpoint, target_class, clamp, noise_free_end):
    ask = request(wire, frame_interval=5)
    scale, offset = model.scaling.scale, model.scaling.offset
    settings = numpy_model.Langevin(SEED, step_size=0.1, noise_scale=0.05)
    if target_class is not None:
        ask.target_class = settings.target_class = target_class
    if clamp is not None:
        ask.sampler.clamp.lower, ask.sampler.clamp.upper = clamp
        settings.clamp = tuple(scale * value + offset for value in clamp)
    if noise_free_end:
        ask.sampler.langevin.final_noise_free_step = True
        settings.noise_free_step = STEPS - 1
    frames, summary = sample(ask)

    start = numpy_model.uniform_start(SEED, CHAINS, 64, -1, 1)
    for step in (5, STEPS):
        expected, tolerance = run_oracle(checkpoint, settings, step, start)
        assert np.abs(scale * states_at(frames, step) + offset - expected).max() < tolerance < 0.01
    assert summary.chains_finished == CHAINS and summary.chain_steps == CHAINS * STEPS
    assert summary.temperature == pytest.approx(0.05**2 / 0.2, rel=1e-5)


def test_frames_carry_the_log_density_of_their_states(sample, wire, model, checkpoint):
    frames, _ = sample(request(wire, frame_interval=10))
    mlp = numpy_model.Mlp.load(checkpoint)
    for frame in frames:
        states = np.frombuffer(frame.states.data, dtype="<f4").reshape(frame.states.shape)
        expected = mlp.log_density(model.scaling.scale * states.astype(np.float64) + model.scaling.offset)
        np.testing.assert_allclose(frame.log_densities, expected, rtol=1e-4, atol=1e-4)


def test_held_coordinates_do_not_move(sample, wire):
    start = np.arange(64, dtype="<f4") % 17  # whole numbers, as in the digits
    held = (np.arange(64) < 32).astype(np.uint8)
    frames, _ = sample(
        request(
            wire,
            start="CHAIN_START_GIVEN",
            start_states=wire.Tensor(data_type=wire.DATA_TYPE_FLOAT32, shape=[1, 64], data=start.tobytes()),
            held_coordinates=wire.Tensor(data_type=wire.DATA_TYPE_UINT8, shape=[64], data=held.tobytes()),
        )
    )
    states = states_at(frames, STEPS)
    np.testing.assert_array_equal(states[:, :32], np.tile(start[:32], (CHAINS, 1)))
    assert (np.abs(states[:, 32:] - start[32:]) > 1e-3).any(axis=0).all()


def test_what_is_sampled_again_is_the_same(sample, wire):
    first, summary = sample(wire.SampleRequest(chains=CHAINS))
    again, _ = sample(wire.SampleRequest(chains=CHAINS, seed=summary.seed, sampler=summary.sampler))
    steps = summary.sampler.steps
    assert states_at(first, steps).tobytes() == states_at(again, steps).tobytes()


def test_a_seed_gives_the_same_bits_alone_and_under_load(server, tmp_path):
    programs.assert_same_bits_under_load(server, tmp_path)


def test_a_chain_does_not_depend_on_how_many_run_with_it(server, tmp_path):
    def draw(chains: int):
        output = tmp_path / f"{chains}.npy"
        server.ask("sample", f"--chains={chains}", "--steps=30", "--seed=5", f"--output={output}")
        return np.load(output)

    np.testing.assert_array_equal(draw(50)[:3], draw(3))


def test_workers_do_not_change_the_bits(server, start_server, tmp_path):
    outputs = [tmp_path / "many.npy", tmp_path / "one.npy"]
    for instance, output in zip((server, start_server("--workers=1")), outputs):
        instance.ask("sample", "--chains=33", "--steps=40", "--seed=5", f"--output={output}")
    assert outputs[0].read_bytes() == outputs[1].read_bytes()


def test_a_deadline_ends_the_stream(channel, wire):
    ask = request(wire)
    ask.sampler.steps = 100_000
    with pytest.raises(grpc.RpcError) as error:
        list(wire.InferenceServiceStub(channel).Sample(ask, timeout=0.3))
    assert error.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda r: setattr(r, "target_class", 10), "target_class"),
        (lambda r: setattr(r, "chains", 0), "chains"),
        (lambda r: setattr(r.sampler.langevin, "step_size", float("nan")), "step_size"),
        (lambda r: setattr(r.sampler.clamp, "upper", float("inf")), "clamp_upper"),
        (lambda r: setattr(r.start_states, "data", b"123"), "start_states"),
        (lambda r: setattr(r.held_coordinates, "data", b"\x01" * 64), "held_coordinates"),
    ],
    ids=["class", "chains", "step size", "clamp", "start", "held"],
)
def test_a_malformed_request_names_the_field(sample, wire, change, says):
    ask = request(wire)
    change(ask)
    with pytest.raises(grpc.RpcError) as error:
        sample(ask)
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT and says in error.value.details()
