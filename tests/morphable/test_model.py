"""The morphable model against its equations, and its files against damage."""

import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.facs import ACTIONS
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.rendering.graph.combination import combined


@pytest.fixture
def model() -> MorphableModel:
    rng = np.random.default_rng(0)

    def draw(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    return MorphableModel(
        name="small",
        mean_shape=draw(7, 3),
        identity_basis=draw(4, 7, 3),
        expression_basis=draw(2, 7, 3),
        mean_albedo=draw(7, 3),
        albedo_basis=draw(3, 7, 3),
        triangles=np.array([[0, 1, 2], [3, 4, 5]], np.int32),
        landmarks=np.zeros(68, np.int32),
        uv=draw(7, 2),
        parts=np.zeros(7, np.uint8),
        mask=np.ones(7, np.float32),
        actions=draw(len(ACTIONS), 2),
        styles=draw(len(ACTIONS), 3, 2),
    )


def test_equations_1_and_2_summed_by_hand(model: MorphableModel) -> None:
    rng = np.random.default_rng(1)
    identity, expression, albedo = (rng.normal(size=(2, 5, n)).astype(np.float32) for n in (4, 2, 3))
    shape, colour = model.shape(identity, expression), model.albedo(albedo)
    for i, j in np.ndindex(2, 5):
        p, b = model.mean_shape.copy(), model.mean_albedo.copy()
        for k in range(4):
            p += identity[i, j, k] * model.identity_basis[k]
        for k in range(2):
            p += expression[i, j, k] * model.expression_basis[k]
        for k in range(3):
            b += albedo[i, j, k] * model.albedo_basis[k]
        np.testing.assert_allclose(shape[i, j], p, atol=1e-5)
        np.testing.assert_allclose(colour[i, j], b, atol=1e-5)
    # In TensorFlow too, where one person's identity may serve many expressions.
    np.testing.assert_allclose(combined(model.shapes, identity, expression), shape, atol=1e-5)
    alike = np.broadcast_to(identity[0, 0], identity.shape)
    np.testing.assert_allclose(
        combined(model.shapes, identity[0, 0], expression), model.shape(alike, expression), atol=1e-5
    )


def test_part_of_a_linear_model_is_that_part_of_the_whole(model: MorphableModel) -> None:
    rng = np.random.default_rng(1)
    identity, expression = (rng.normal(size=n).astype(np.float32) for n in (4, 2))
    whole, both = model.shape(identity, expression), np.concatenate([identity, expression])
    few = np.array([5, 0, 2])
    parts = {
        "at": model.shapes.at(few)(identity, expression),
        "one": model.shapes.one(both, few),
        "joined": model.shapes.joined()(both)[few],
        "known": model.shapes.known(identity)(expression)[few],
        "change": model.mean_shape[few] + model.shapes.change(identity, expression)[few],
    }
    for name, part in parts.items():
        np.testing.assert_allclose(part, whole[few], atol=1e-5, err_msg=name)
    assert (model.shapes.size, model.shapes.known(identity).size) == (6, 2)


def test_a_saved_model_comes_back_whole(model: MorphableModel, tmp_path) -> None:
    model.save(tmp_path / "model.npz")
    again = MorphableModel.load(tmp_path / "model.npz")
    assert again.digest == model.digest
    assert again.name == "small"
    np.testing.assert_array_equal(again.uv, model.uv)
    assert [p.name for p in tmp_path.iterdir()] == ["model.npz"]


def test_digest_tells_models_apart(model: MorphableModel) -> None:
    from dataclasses import replace

    assert replace(model, expression_basis=model.expression_basis * 1.001).digest != model.digest


@pytest.mark.parametrize("damage", ["missing", "cut", "text", "lacking", "pickled"])
def test_unusable_files_get_one_line_that_names_them(model: MorphableModel, tmp_path, damage: str) -> None:
    path = tmp_path / "model.npz"
    if damage == "cut":
        model.save(path)
        path.write_bytes(path.read_bytes()[:400])
    elif damage == "text":
        path.write_text("no zip")
    elif damage == "lacking":
        np.savez(path, name="small")
    elif damage == "pickled":
        np.savez(path, **{f: np.array({"a": 1}, object) for f in MorphableModel.__dataclass_fields__})
    with pytest.raises(InputError, match=r"model\.npz") as error:
        MorphableModel.load(path)
    assert "\n" not in str(error.value)


def test_coefficients_survive_the_disk_with_a_new_expression(tmp_path) -> None:
    rng = np.random.default_rng(2)
    fields = {"identity": 4, "albedo": 3, "expression": 2, "rotation": 3, "translation": 3, "lighting": (9, 3)}
    old = Coefficients(**{k: rng.normal(size=n).astype(np.float32) for k, n in fields.items()})
    old.with_expression([1.0, 2.0]).save(tmp_path / "c.npz", landmarks=np.zeros((68, 2)))
    new = Coefficients.load(tmp_path / "c.npz")
    np.testing.assert_array_equal(new.expression, np.float32([1, 2]))
    np.testing.assert_array_equal(new.lighting, old.lighting)


def test_a_batch_of_coefficients_is_indexed_and_joined_as_an_array() -> None:
    rng = np.random.default_rng(2)
    sizes = {"identity": 4, "albedo": 3, "expression": 2, "rotation": 3, "translation": 3, "lighting": (9, 3)}
    faces = [Coefficients(**{k: rng.normal(size=n).astype(np.float32) for k, n in sizes.items()}) for _ in range(5)]
    batch = Coefficients.stack(faces)
    assert len(batch) == 5 and batch.lighting.shape == (5, 9, 3)
    again = Coefficients.concatenate([batch[:2], batch[2][None], batch[np.array([3, 4])]])
    for name in sizes:
        np.testing.assert_array_equal(getattr(again, name), getattr(batch, name))
        np.testing.assert_array_equal([getattr(face, name) for face in batch], getattr(batch, name))
    # One person in five takes keeps the person.
    takes = batch.replace(identity=faces[0].identity, albedo=faces[0].albedo)
    np.testing.assert_array_equal(takes[3].identity, faces[0].identity)
    np.testing.assert_array_equal(takes[1:3].expression, batch.expression[1:3])
    with pytest.raises(TypeError):
        len(faces[0])
