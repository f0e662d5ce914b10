"""Mesh to pixels: `native` draws what people and data sets see, `graph` is for derivatives and SavedModels."""
