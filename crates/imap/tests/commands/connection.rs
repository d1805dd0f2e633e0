//! Commands that change how the connection is used.

use super::*;

#[test]
fn compress() {
    // RFC 4978 section 5: the algorithm in any case.
    check("COMPRESS DEFLATE", CommandBody::Compress);
    check("compress deflate", CommandBody::Compress);
    refuse(&[
        "COMPRESS",
        "COMPRESS LZW",
        "COMPRESS \"DEFLATE\"",
        "COMPRESS DEFLATE 9",
    ]);
}
