//! Flake references, flake.lock, inputs, calling outputs.
