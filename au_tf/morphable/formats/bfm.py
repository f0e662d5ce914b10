"""Readers of the Basel face models: 2009 with FaceWarehouse's expressions, its crop of Deep3D, and 2017 and 2019.

Their axes are those of au_tf. Zero expression is a face at rest in all of them: where a file holds a mean expression
beside the mean face, it is left out. The mean of people who act is no face at rest, and Deep3D's reader does the same.
"""

import os
from pathlib import Path

import numpy as np

from au_tf.arrays import Float32, Int32
from au_tf.errors import InputError
from au_tf.morphable.formats import checks
from au_tf.morphable.formats.isolated import read_arrays
from au_tf.morphable.formats.raw import RawFace
from au_tf.morphable.formats.reflectance import linear_albedo

IDENTITIES, ALBEDOS = 100, 100
"""How many of the 199 components of BFM 2009 the paper uses."""
MODEL_2009 = "01_MorphableModel.mat"
"""The file of BFM 2009 as it is distributed."""
VARIABLES_2009 = ("shapeMU", "shapePC", "shapeEV", "texMU", "texPC", "texEV", "tl")
"""What BFM 2009 holds."""
VARIABLES_FRONT = ("meanshape", "meantex", "idBase", "exBase", "texBase", "tri", "keypoints")
"""What Deep3D's crop of BFM 2009 holds, besides what is not needed here."""
GROUPS = ("shape", "color", "expression")
"""What BFM 2017 and 2019 hold."""
_MICROMETRES, _DECIMETRES = 1e-3, 100.0
_LONGEST_TEXT = 1 << 16


def read_bfm2009(path: str | os.PathLike[str]) -> RawFace:
    """The paper's model: BFM 2009 and the expressions of FaceWarehouse, 100 + 79 + 100 coefficients.

    `Exp_Pca.bin` and `std_exp.txt` (Guo et al., CNN-based real-time dense face reconstruction) have to lie beside
    `01_MorphableModel.mat`. Where Exp_Pca.bin has fewer vertices than the model, `BFM_exp_idx.mat` has to lie there
    too: it tells which vertices stay, and triangles that lose one go. The mean of Exp_Pca.bin is left out, as in
    Deep3D's reader, so that zero expression is a face at rest.

    Args:
      path: 01_MorphableModel.mat under any name, or the folder that holds it.

    Raises:
      InputError: if a file is missing or damaged, or the files do not fit together.
    """
    path = Path(path)
    path = path / MODEL_2009 if path.is_dir() else path
    found = read_arrays(path, "mat", VARIABLES_2009)
    mean = checks.points(path, "shapeMU", found["shapeMU"], scale=_MICROMETRES)
    # What these files call EV are deviations; the variances would be their squares.
    lengths = checks.deviations(path, "shapeEV", found["shapeEV"]) * _MICROMETRES
    identity = checks.basis(path, "shapePC", found["shapePC"], len(mean), lengths, IDENTITIES)
    colour = checks.points(path, "texMU", found["texMU"], len(mean))
    strengths = checks.deviations(path, "texEV", found["texEV"])
    colours = checks.basis(path, "texPC", found["texPC"], len(mean), strengths, ALBEDOS)
    triangles = checks.triangles(path, "tl", found["tl"], len(mean))
    expression = read_expressions(path.parent, len(mean))
    if expression.shape[1] < len(mean):
        kept = _kept_vertices(path.parent / "BFM_exp_idx.mat", len(mean), expression.shape[1])
        triangles = _triangles_between(kept, triangles, len(mean))
        mean, identity, colour, colours = mean[kept], identity[:, kept], colour[kept], colours[:, kept]
    albedo, albedos = linear_albedo(colour, colours, 255.0)
    face = RawFace(
        name="BFM 2009",
        mean_shape=mean,
        identity_basis=identity,
        expression_basis=expression,
        triangles=triangles,
        mean_albedo=albedo,
        albedo_basis=albedos,
    )
    face.check(path)
    return face


def read_expressions(folder: Path, vertices: int) -> Float32:
    """FaceWarehouse's expressions on BFM 2009: `Exp_Pca.bin` times the deviations in `std_exp.txt`.

    Args:
      folder: where both lie.
      vertices: how many vertices the model has; the expressions may have fewer.

    Returns:
      float32[E, V, 3], mm a standard deviation.

    Raises:
      InputError: if one is missing or damaged, or their sizes do not fit each other.
    """
    scale = _deviations_text(folder / "std_exp.txt")
    path = folder / "Exp_Pca.bin"
    size = checks.file_size(path, "the expressions of FaceWarehouse for BFM 2009")
    own, rest = divmod(size - 4, 12 * (1 + len(scale)))
    if rest or not 0 < own <= vertices:
        expected = f"4 + 12 ({len(scale)} + 1) V bytes for the {len(scale)} numbers of std_exp.txt and"
        raise InputError(path, "size", f"{size} bytes", f"{expected} V = {vertices} vertices or fewer")
    with open(path, "rb") as file:
        count = np.fromfile(file, "<i4", 1)[0]
        if count != len(scale):
            raise InputError(path, "components", count, f"{len(scale)}, as many as std_exp.txt has numbers")
        rows = np.fromfile(file, "<f4").reshape(1 + len(scale), -1)[1:]
    return checks.basis(path, "components", rows.T, own, scale * _MICROMETRES)


def _deviations_text(path: Path) -> Float32:
    size = checks.file_size(path, "the deviations of the expressions in Exp_Pca.bin")
    if size > _LONGEST_TEXT:
        raise InputError(path, "size", f"{size} bytes", "a line of numbers")
    try:
        values = np.array([float(word) for word in path.read_bytes().split()])
    except ValueError:
        raise InputError(path, "file", "something else", "a line of numbers") from None
    return checks.deviations(path, "numbers", values)


def _kept_vertices(path: Path, vertices: int, count: int) -> Int32:
    checks.file_size(path, f"which of the model's {vertices} vertices the {count} of Exp_Pca.bin are")
    index = read_arrays(path, "mat", ["trimIndex"])["trimIndex"].reshape(-1)
    if len(index) != count:
        raise InputError(path, "trimIndex", f"{len(index)} vertices", f"{count}, as many as Exp_Pca.bin has")
    kept = checks.indices(path, "trimIndex", index, vertices)
    if len(np.unique(kept)) < count:
        raise InputError(path, "trimIndex", "a vertex twice", "each vertex once")
    return kept


def _triangles_between(kept: Int32, triangles: Int32, vertices: int) -> Int32:
    """Those triangles whose vertices are all kept, in the kept vertices' numbers."""
    new = np.full(vertices, -1, np.int32)
    new[kept] = np.arange(len(kept), dtype=np.int32)
    renamed = new[triangles]
    return renamed[(renamed >= 0).all(1)]


def read_bfm_front(path: str | os.PathLike[str]) -> RawFace:
    """Deep3D's crop of BFM 2009 to the face, with 64 expressions of FaceWarehouse: `BFM_model_front.mat`.

    Its bases are already multiplied by the deviations. Lengths are decimetres, since the script that makes the file
    divides micrometres by 1e5. Its `skinmask` covers cheeks, nose and forehead only: it is no mask of the face proper
    and is not read.

    Raises:
      InputError: if the file is missing or damaged, or its arrays do not fit together.
    """
    path = Path(path)
    found = read_arrays(path, "mat", VARIABLES_FRONT)
    mean = checks.points(path, "meanshape", found["meanshape"], scale=_DECIMETRES)
    colour = checks.points(path, "meantex", found["meantex"], len(mean))
    colours = checks.basis(path, "texBase", found["texBase"], len(mean), 1.0)
    albedo, albedos = linear_albedo(colour, colours, 255.0)
    landmarks = checks.indices(path, "keypoints", found["keypoints"], len(mean)).reshape(-1)
    if len(landmarks) != 68:
        raise InputError(path, "keypoints", f"{len(landmarks)} indices", "68")
    face = RawFace(
        name="BFM front",
        mean_shape=mean,
        identity_basis=checks.basis(path, "idBase", found["idBase"], len(mean), _DECIMETRES),
        expression_basis=checks.basis(path, "exBase", found["exBase"], len(mean), _DECIMETRES),
        triangles=checks.triangles(path, "tri", found["tri"], len(mean)),
        mean_albedo=albedo,
        albedo_basis=albedos,
        landmarks=landmarks,
    )
    face.check(path)
    return face


def read_bfm_hdf(path: str | os.PathLike[str]) -> RawFace:
    """BFM 2017 or 2019, `.h5`, with all of its components (199 + 100 + 199).

    Each of shape, color and expression is a mean, an orthonormal basis and variances, in millimetres. The mean
    expression is left out, so that zero expression is a face at rest. Colours are sRGB from 0 to 1 or from 0 to 255,
    which the mean tells. `shape/representer/cells` may be [3, T] or [T, 3].

    Raises:
      InputError: if the file is missing or damaged, or its arrays do not fit together.
    """
    path = Path(path)
    parts = [f"{group}/model/{name}" for group in GROUPS for name in ("pcaBasis", "pcaVariance")]
    names = ["shape/model/mean", "color/model/mean", "shape/representer/cells", *parts]
    found = read_arrays(path, "hdf", names)
    mean = checks.points(path, names[0], found[names[0]])
    colour = checks.points(path, names[1], found[names[1]], len(mean))
    bases = {}
    for group in GROUPS:
        columns, variances = f"{group}/model/pcaBasis", f"{group}/model/pcaVariance"
        scale: Float32 = np.sqrt(checks.deviations(path, variances, found[variances]))
        bases[group] = checks.basis(path, columns, found[columns], len(mean), scale)
    cells = found[names[2]]
    albedo, albedos = linear_albedo(colour, bases["color"], 255.0 if colour.max() > 2 else 1.0)
    face = RawFace(
        name=path.stem,
        mean_shape=mean,
        identity_basis=bases["shape"],
        expression_basis=bases["expression"],
        triangles=checks.triangles(path, names[2], cells.T if cells.shape[:1] == (3,) else cells, len(mean), first=0),
        mean_albedo=albedo,
        albedo_basis=albedos,
    )
    face.check(path)
    return face
