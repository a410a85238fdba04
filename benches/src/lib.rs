//! Benchmarks against real Nix.
