"""Whose pictures an estimator learns from."""

from types import SimpleNamespace

from au_tf.pipelines.trained_estimators import SplitPictures


def of_people(*names):
    return SimpleNamespace(info=SimpleNamespace(features={"subject": SimpleNamespace(names=names)}))


def test_faces_of_photos_are_learnt_from_and_people_who_judge_are_not():
    pictures = SplitPictures(of_people("A", "held", "B", "test"), 1, 28)
    pictures.__dict__["people"] = ((0, 2), (1,))
    assert pictures.real.people == (0, 2)
    assert pictures.of_trained(of_people("A", "held", "B", "test")).people == (0, 2)
    assert pictures.of_trained(of_people("test", "me.jpg#0", "held", "B")).people == (1, 3)
