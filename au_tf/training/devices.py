"""Training on several devices at once."""

import contextlib
from collections.abc import Sequence

import tensorflow as tf

from au_tf.errors import InputError


def provide_processors(devices: Sequence[str]) -> None:
    """Makes as many logical processors of the one there is as are named; to be called before TensorFlow is used.

    They are no faster together, but what runs on several devices can be tried on any machine.

    Args:
      devices: names such as "GPU:0" or "CPU:1".
    """
    named = sum(device.startswith("CPU:") for device in devices)
    if named > 1:
        processors = [tf.config.LogicalDeviceConfiguration()] * named
        # Too late, it cannot be done; `strategy_for` then says what there is.
        with contextlib.suppress(RuntimeError):
            tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], processors)


def strategy_for(devices: Sequence[str]) -> tf.distribute.Strategy:
    """How to train on the named devices; models are to be made and compiled in its scope.

    Args:
      devices: names such as "GPU:0" or "CPU:1"; with one or none, training is as without a strategy.

    Returns:
      A strategy under which a training makes the same updates as on one device.

    Raises:
      InputError: for a device that is not there, or that is named twice.
    """
    present = [device.name.removeprefix("/device:") for device in tf.config.list_logical_devices()]
    for device in devices:
        if device not in present:
            raise InputError(None, "devices", device, f"one of {', '.join(present)}")
        if list(devices).count(device) > 1:
            raise InputError(None, "devices", f"{device} twice", "each device once")
    if not devices:
        return tf.distribute.get_strategy()
    if len(devices) == 1:
        return tf.distribute.OneDeviceStrategy(devices[0])
    # The collective operations that TensorFlow would choose for processors hang or fail inside a loop.
    return tf.distribute.MirroredStrategy(list(devices), tf.distribute.ReductionToOneDevice())


def check_batch(batch_size: int, strategy: tf.distribute.Strategy) -> None:
    """Makes sure that the devices of a strategy can share batches evenly.

    Raises:
      InputError: if they cannot.
    """
    replicas = strategy.num_replicas_in_sync
    if batch_size % replicas:
        raise InputError("training", "batch_size", batch_size, f"a multiple of the {replicas} devices")
