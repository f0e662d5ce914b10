"""Cameras do not wait for whoever looks."""

import threading

import cv2
import numpy as np

from au_tf.pictures import camera


class Pretended:
    """A camera that takes five pictures, the last only when it is told to."""

    def __init__(self, number):
        self.taken, self.go, self.waits, self.released = 0, threading.Event(), threading.Event(), False
        devices.append(self)

    def isOpened(self):  # noqa: N802  # as OpenCV has it
        return True

    def read(self):
        if self.taken == 4:
            self.waits.set()
            self.go.wait(10)
        self.taken += 1
        return (True, np.full((32, 32, 3), (0, 0, self.taken), np.uint8)) if self.taken < 6 else (False, None)

    def release(self):
        self.released = True


devices: list[Pretended] = []


def test_of_the_pictures_that_come_meanwhile_the_last_is_taken(monkeypatch):
    monkeypatch.setattr(cv2, "VideoCapture", Pretended)
    frames = camera.live_frames(0)
    first = next(frames)
    device = devices[-1]
    assert device.waits.wait(10)
    assert first.number == 4 or next(frames).number == 4
    device.go.set()
    rest = [*frames]
    assert rest[-1].number == 5 and rest[-1].image[0, 0].tolist() == [5, 0, 0]
    assert device.released


def test_whoever_stops_looking_frees_the_camera(monkeypatch):
    monkeypatch.setattr(cv2, "VideoCapture", Pretended)
    frames = camera.live_frames("3")
    next(frames)
    devices[-1].go.set()
    frames.close()
    assert devices[-1].released
