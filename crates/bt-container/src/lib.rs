//! Images and compose files as typed facts with provenance.
