//! Questions about a place in a text.
