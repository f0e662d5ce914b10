"""Maps the folders of the repository to the packages that are installed; the rest is in pyproject.toml.

Everything lies under `au_tf`: a top-level `datasets` would shadow the library of that name.
"""

from setuptools import find_packages, setup

MAPPED = {"au_tf.datasets": "datasets", "au_tf.pipelines": "pipelines", "au_tf.saved_models": "saved_models"}


def _packages() -> list[str]:
    nested = [f"{name}.{sub}" for name, folder in MAPPED.items() for sub in find_packages(folder)]
    return [*find_packages(include=["au_tf", "au_tf.*"]), *MAPPED, *nested]


setup(
    packages=_packages(),
    package_dir=MAPPED,
    package_data={
        "au_tf": ["py.typed", "__init__.pyi", "assets.toml", "morphable/builtin/measured.npz"],
        "au_tf.fitting.detect": ["covered_parts.npz"],
        "au_tf.fitting.refine": ["dense_points.csv"],
        "au_tf.studio": ["page/**/*"],
        "au_tf.datasets": ["*/*.md", "*/*.bib", "*/*.txt"],
        "au_tf.saved_models": ["**/*"],
    },
    exclude_package_data={"": ["__pycache__/*", "*.pyc"]},
    include_package_data=False,
)
