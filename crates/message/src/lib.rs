//! One message: MIME structure, ENVELOPE, BODYSTRUCTURE, section ranges, decoded text for SEARCH.
