//! End-to-end, conformance and corpus harnesses.
