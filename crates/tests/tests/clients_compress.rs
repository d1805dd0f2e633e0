//! COMPRESS=DEFLATE, RFC 4978: the client is zlib's, in Python's standard library.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ServerUnderTest, finish, python, script};

#[test]
fn zlib_compresses_and_hostile_streams_end_their_connection_only() {
    let server = ServerUnderTest::start();
    finish(server.client(python()).arg("-B").arg(script("compress.py"))).success();
}
