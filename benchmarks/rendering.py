"""How fast batches of faces are drawn, and how well the ways of drawing agree; prints a table in markdown.

    python benchmarks/rendering.py [ROUNDS]

From coefficients to sRGB bytes: expressions and poses of one person, 32 to a batch, 224 x 224, on the built-in face,
whose longest edges are split until it has as many vertices as the Basel face model, 35,709. OpenCV and OpenGL only turn
vertices and their colours into pixels; the rest is done by the loops of `BatchRenderer`, whose share is a row of its
own. People are drawn bare and with two ways of wearing hair. OpenGL takes part if moderngl is installed and finds a
driver; Mesa's draws on the processor. All take turns, and the fastest round of each is shown, by the clock and in
processor time.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from numpy.typing import NDArray

from au_tf import startup
from au_tf.arrays import Int32, Int64, Pixels

startup.start_tensorflow()

import tensorflow as tf
from tqdm import tqdm

from au_tf.morphable import Coefficients, MorphableModel
from au_tf.morphable.builtin import builtin_face
from au_tf.morphable.hair.looks import look
from au_tf.pictures import colour
from au_tf.rendering.details import FaceDetails
from au_tf.rendering.framing import face_vertices, frontal_camera, portrait
from au_tf.rendering.graph.cameras import to_camera
from au_tf.rendering.graph.combination import combined
from au_tf.rendering.graph.renderer import render_picture
from au_tf.rendering.lighting import BACKDROP, STUDIO
from au_tf.rendering.native.batch_renderer import BatchRenderer
from au_tf.rendering.native.canvas import Canvas
from au_tf.rendering.native.hairdresser import Hairdresser
from au_tf.rendering.native.lighting import irradiance
from au_tf.rendering.native.normals import vertex_normals

VERTICES, SIZE, BATCH = 35_709, 224, 32
CAMERA = frontal_camera(SIZE)
HAIR_SHOWN = ("short", "long")
REFERENCE = "render_picture (TensorFlow)"
WALL = colour.to_linear(BACKDROP)
NEAR, FAR = 100.0, 10_000.0


def refined(model: MorphableModel, vertices: int) -> MorphableModel:
    """The model with edges split in the middle, the longest first, until it has so many vertices."""
    triangles, shape = model.triangles.astype(np.int64), model.mean_shape
    parents: list[Int64] = []
    while len(shape) < vertices:
        edges = np.sort(np.stack([triangles, np.roll(triangles, -1, 1)], -1).reshape(-1, 2), 1)
        unique, place = np.unique(edges, axis=0, return_inverse=True)
        place = place.reshape(-1, 3)
        length = np.linalg.norm(shape[unique[:, 0]] - shape[unique[:, 1]], axis=1)
        longest = length[place].argmax(1)
        own = np.take_along_axis(place, longest[:, None], 1)[:, 0]
        # An edge is split if it is the longest of every triangle it belongs to, so no triangle loses two.
        agreed = np.bincount(own, minlength=len(unique)) == np.bincount(place.ravel(), minlength=len(unique))
        chosen = np.flatnonzero(agreed)
        chosen = chosen[np.argsort(-length[chosen])][: vertices - len(shape)]
        middle = np.full(len(unique), -1)
        middle[chosen] = len(shape) + np.arange(len(chosen))
        split = middle[own] >= 0
        m = middle[own][split]
        a, b, c = (triangles[split, (longest[split] + k) % 3] for k in range(3))
        halves = np.stack([a, m, c], 1), np.stack([m, b, c], 1)
        triangles = np.concatenate([triangles[~split], *halves])
        parents.append(unique[chosen])
        shape = _grown(shape, [unique[chosen]], 0)
    per_vertex = {"mean_shape": 0, "identity_basis": 1, "expression_basis": 1, "mean_albedo": 0, "albedo_basis": 1}
    per_vertex |= {"uv": 0, "parts": 0, "mask": 0}
    grown = {name: _grown(getattr(model, name), parents, axis) for name, axis in per_vertex.items()}
    return replace(model, triangles=triangles.astype(np.int32), **grown)


def _grown(values: NDArray, parents: list[Int64], axis: int) -> NDArray:
    values = np.moveaxis(values, axis, 0)
    for pair in parents:
        middle = (values[pair[:, 0]] + values[pair[:, 1]]) / 2
        values = np.concatenate([values, middle.astype(values.dtype)])
    return np.ascontiguousarray(np.moveaxis(values, 0, axis))


def faces_of_one_person(model: MorphableModel) -> Coefficients:
    """A batch of expressions and poses of one person."""
    rng = np.random.default_rng(0)
    yaws, pitches = rng.uniform(-40, 40, BATCH), rng.uniform(-15, 15, BATCH)
    posed = [portrait(model, yaw=yaw, pitch=pitch) for yaw, pitch in zip(yaws, pitches, strict=True)]
    return Coefficients(
        identity=rng.normal(size=model.identity_basis.shape[0]).astype(np.float32),
        albedo=np.zeros(model.albedo_basis.shape[0], np.float32),
        expression=rng.normal(0, 0.7, (BATCH, model.expression_basis.shape[0])).astype(np.float32),
        rotation=np.stack([face.rotation for face in posed]),
        translation=np.stack([face.translation for face in posed]),
        lighting=np.stack([STUDIO] * BATCH),
    )


class Contestant:
    """A way to draw the batch."""

    def __init__(self, draw: Callable[[], Pixels]) -> None:
        self.draw = draw

    def seconds(self) -> tuple[float, float]:
        """Draws once and tells how long it took by the clock and in processor time."""
        wall, processor = time.perf_counter(), time.process_time()
        self.draw()
        return time.perf_counter() - wall, time.process_time() - processor


def drawn_by(renderer: BatchRenderer, faces: Coefficients, samples: int) -> Contestant:
    """A `BatchRenderer`, or what fills its triangles in another way."""
    people = renderer.people(faces.identity, faces.albedo)
    return Contestant(lambda: renderer.render(faces, CAMERA, samples, people=people).image)


def drawn_with_hair(model: MorphableModel, faces: Coefficients, samples: int, style: str) -> Contestant:
    """A `BatchRenderer` that draws a way of wearing hair, with brows and lashes."""
    renderer = BatchRenderer(model)
    people = renderer.people(faces.identity, faces.albedo)
    hair = Hairdresser(model).dress(people, [look(style)])
    return Contestant(lambda: renderer.render(faces, CAMERA, samples, people=people, hair=hair).image)


def drawn_by_tensorflow(model: MorphableModel, faces: Coefficients, samples: int) -> Contestant:
    """`render_picture` as a graph, the neutral face and the albedo computed once."""
    still = np.zeros_like(faces.expression[0])
    fixed = replace(model, mean_shape=model.shape(faces.identity, still))
    albedo = tf.repeat(model.albedo(faces.albedo)[np.newaxis], BATCH, 0)
    details = FaceDetails.of(model, faces)
    # Without identity basis, whose product with zeros would take its time.
    fixed = replace(fixed, identity_basis=model.identity_basis[:0])
    moving = [tf.constant(getattr(faces, name)) for name in ("expression", "rotation", "translation", "lighting")]

    @tf.function(autograph=False)
    def draw(expression: tf.Tensor, rotation: tf.Tensor, translation: tf.Tensor, lighting: tf.Tensor) -> tf.Tensor:
        nobody = tf.zeros([BATCH, 0])
        vertices = to_camera(combined(fixed.shapes, nobody, expression), rotation, translation)
        return render_picture(vertices, albedo, model.triangles, CAMERA, lighting, samples, details=details)

    return Contestant(lambda: draw(*moving).numpy())


class OpenCVCanvas(Canvas):
    """Fills triangles with `cv2.triangleRasterize`."""

    settings = cv2.TriangleRasterizeSettings()
    settings = settings.setCullingMode(cv2.RASTERIZE_CULLING_NONE).setShadingType(cv2.RASTERIZE_SHADING_SHADED)

    def fill(self, triangles: Int32) -> None:
        """From vertices to pixels."""
        size = SIZE * self.samples, SIZE * self.samples
        empty = np.zeros((*size, 3), np.float32), np.full(size, FAR, np.float32)
        colours, angle = np.ascontiguousarray(self.vertices[:, 4:7]), 2.0 * np.arctan(SIZE / 2 / CAMERA.focal)
        drawn, depth = cv2.triangleRasterize(
            self.position, triangles, colours, *empty, np.eye(4), angle, NEAR, FAR, self.settings
        )
        layers = np.dstack([drawn, depth < FAR / 2])
        small = cv2.resize(layers.astype(np.float32), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        self.pixels[..., :4] = small


class EmptyCanvas(Canvas):
    """Leaves the triangles to somebody else."""

    def fill(self, triangles: Int32) -> None:
        """Nothing."""
        self.pixels[:] = 0.0


class OpenCV(BatchRenderer):
    """Draws by OpenCV."""

    canvas = OpenCVCanvas


class NoTriangles(BatchRenderer):
    """Draws nothing."""

    canvas = EmptyCanvas


class OpenGL(Contestant):
    """The triangles by OpenGL in another process, the rest here before it."""

    def __init__(self, model: MorphableModel, faces: Coefficients, samples: int, folder: Path) -> None:
        vertices = face_vertices(model, replace(faces, identity=np.stack([faces.identity] * BATCH)))
        light = irradiance(vertex_normals(vertices, model.triangles), faces.lighting)
        task, drawn = folder / f"{samples}.npz", folder / f"{samples}.npy"
        lens = {"size": SIZE, "samples": samples, "focal": CAMERA.focal, "near": NEAR, "far": FAR}
        shaded = np.concatenate([vertices, model.albedo(faces.albedo) * light], -1)
        np.savez(task, vertices=shaded, triangles=model.triangles, **lens)
        call = [sys.executable, str(Path(__file__).with_name("opengl_triangles.py")), str(task), str(drawn)]
        self.other = Popen(call, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True)
        self.name = f"OpenGL, {self._line()}"
        pixels = np.load(drawn)
        pixels = pixels[..., :3] + (1.0 - pixels[..., 3:]) * WALL
        super().__init__(lambda: colour.to_levels(pixels))
        self.rest = drawn_by(NoTriangles(model), faces, samples)

    def _line(self) -> str:
        line = self.other.stdout.readline() if self.other.stdout else ""
        if not line:
            raise OSError((self.other.communicate()[1].strip().splitlines() or ["no answer"])[-1])
        return line.strip()

    def seconds(self) -> tuple[float, float]:
        """As of any contestant, and of both processes."""
        rest = self.rest.seconds()
        print("draw", file=self.other.stdin, flush=True)
        wall, processor = (float(word) for word in self._line().split())
        return rest[0] + wall, rest[1] + processor


def contestants(model: MorphableModel, faces: Coefficients, folder: Path) -> dict[tuple[str, int], Contestant]:
    """What draws the batch, by name and samples a side."""
    own = {"BatchRenderer": BatchRenderer, "BatchRenderer without triangles": NoTriangles}
    renderers = {name: kind(model) for name, kind in (own | {"cv2.triangleRasterize": OpenCV}).items()}
    found: dict[tuple[str, int], Contestant] = {}
    for samples in (1, 2):
        found |= {(name, samples): drawn_by(renderer, faces, samples) for name, renderer in renderers.items()}
        for style in HAIR_SHOWN:
            found[f"BatchRenderer with hair, {style}", samples] = drawn_with_hair(model, faces, samples, style)
        found[REFERENCE, samples] = drawn_by_tensorflow(model, faces, samples)
        try:
            opengl = OpenGL(model, faces, samples, folder)
        except OSError as error:
            print(f"No OpenGL: {error}\n")
        else:
            found[opengl.name, samples] = opengl
    return found


def report(spent: dict[tuple[str, int], list[tuple[float, float]]], off: dict[tuple[str, int], float]) -> None:
    """Prints the table."""
    print("| drawn by | samples a side | ms a face | ms of processor time | values off by more than 3 |")
    print("| --- | --- | --- | --- | --- |")
    for (name, samples), times in spent.items():
        wall, processor = (1e3 / BATCH * min(column) for column in zip(*times, strict=True))
        differs = "" if "with" in name else f"{100 * off[name, samples]:.2f} %"
        print(f"| {name} | {samples} | {wall:.1f} | {processor:.1f} | {differs} |")


def main() -> None:
    """Measures and prints."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    model = refined(builtin_face(), VERTICES)
    with TemporaryDirectory() as folder:
        taking_part = contestants(model, faces_of_one_person(model), Path(folder))
        # A first call of each compiles what there is to compile.
        pictures = {key: each.draw().astype(int) for key, each in taking_part.items()}
        spent = {key: [] for key in taking_part}
        for _ in tqdm(range(rounds), desc="rounds"):
            for key, contestant in taking_part.items():
                spent[key].append(contestant.seconds())
    off = {key: (np.abs(image - pictures[REFERENCE, key[1]]) > 3).mean() for key, image in pictures.items()}
    print(
        f"{len(model.mean_shape):,} vertices, {len(model.triangles):,} triangles, {SIZE} x {SIZE}, batches of {BATCH}\n"
    )
    report(spent, off)


if __name__ == "__main__":
    main()
