"""The people of source pictures as 3D faces with their own skin."""

from collections.abc import Sequence

import numpy as np

from au_tf.compositing.photo import PhotoCompositor
from au_tf.errors import InputError
from au_tf.pipelines.augmentation.drawing import Drawn, Faces, RenderingDrawer
from au_tf.pipelines.augmentation.photos import seen_face
from au_tf.pipelines.augmentation.worker_context import WorkerContext
from au_tf.rendering.native.batch_renderer import People
from au_tf.texture.likeness import likeness_of


class TexturedDrawer(RenderingDrawer):
    """As the 3D faces are drawn, with the skin of the source picture of each person that is least turned away."""

    PEOPLE = 64
    """Each takes some 15 MB."""

    def __init__(self, context: WorkerContext) -> None:
        super().__init__(context)
        rotation, person = context.sources.rotation, context.sources.person
        order = np.lexsort([np.linalg.norm(rotation, axis=1), person])
        people, first = np.unique(person[order], return_index=True)
        self._shown = dict(zip(people.tolist(), order[first].tolist(), strict=True))
        self._faults: dict[int, str] = {}

    def draw(self, faces: Faces) -> Sequence[Drawn | str]:
        """As `Drawer.draw`."""
        people = self.context.sources.person[faces.source]
        faults = {int(person): self._fault(int(person)) for person in np.unique(people)}
        good = np.array([not faults[int(person)] for person in people], np.bool_)
        drawn = iter(super().draw(faces.rows(good)))
        return [next(drawn) if fine else faults[int(person)] for fine, person in zip(good, people, strict=True)]

    def _fault(self, person: int) -> str:
        """Why a person's picture cannot be used; empty if it can."""
        if person not in self._faults:
            try:
                self._person(person)
                self._faults[person] = ""
            except InputError as error:
                self._faults[person] = str(error)
        return self._faults[person]

    def _shaped(self, person: int) -> People:
        seen = seen_face(self.context, self._shown[person])
        model = self.context.model
        parts = PhotoCompositor(seen.image, model, seen.coefficients, seen.camera, seen.landmarks)
        own = likeness_of(model, seen.coefficients, parts.placement, parts.layers)
        return self._renderer.person(self.context.sources.identity[person], own)
