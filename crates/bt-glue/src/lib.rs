//! Evaluator meets store: derivations, path copies, store paths.
