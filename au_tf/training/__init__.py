"""What all trainings share: checkpoints, devices, the loop."""
