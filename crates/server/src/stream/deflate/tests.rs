#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// One whole DEFLATE stream up to a sync flush, as a client sends it.
fn deflated(plain: &[u8]) -> Vec<u8> {
    let mut compress = Compress::new(Compression::default(), false);
    let mut out = Vec::with_capacity(plain.len() + 1024);
    compress
        .compress_vec(plain, &mut out, FlushCompress::Sync)
        .unwrap();
    out
}

/// All that the octets inflate to, read in pieces of this size.
async fn read_all(octets: &[u8], piece: usize) -> io::Result<Vec<u8>> {
    let mut stream = Deflate::new(octets);
    let mut all = Vec::new();
    let mut buffer = vec![0; piece];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok(all),
            n => all.extend_from_slice(&buffer[..n]),
        }
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(future)
}

#[test]
fn a_stored_block_and_a_fixed_one_are_read() {
    // RFC 1951 section 3.2.4: not the last block, stored, LEN 5, NLEN its complement.
    let stored = b"\x00\x05\x00\xfa\xffa NOO";
    // Section 3.2.6, fixed Huffman codes: `P` and the end of the block, then an empty stored one,
    // and another for the line end.
    let rest = b"\x0a\x00\x00\x00\x00\xff\xff\x00\x02\x00\xfd\xff\r\n";
    let octets = [stored.as_slice(), rest].concat();
    assert_eq!(block_on(read_all(&octets, 64)).unwrap(), b"a NOOP\r\n");
    assert_eq!(block_on(read_all(&octets, 1)).unwrap(), b"a NOOP\r\n");
}

#[test]
fn the_clients_last_block_is_its_end() {
    // The first bit says that the block is the last.
    let octets = b"\x01\x05\x00\xfa\xffa NOOwhatever follows";
    assert_eq!(block_on(read_all(octets, 64)).unwrap(), b"a NOO");
}

#[test]
fn the_end_of_compression_is_known_after_a_flush_and_after_the_last_block() {
    let flushed = deflated(b"a UNAUTHENTICATE\r\n");
    assert!(flushed.ends_with(&FLUSHED));
    let mut ended = b"\x01\x12\x00\xed\xffa UNAUTHENTICATE\r\n".to_vec();
    let table = [
        (flushed.clone(), Some(&b""[..])),
        ([&flushed[..], b"b"].concat(), None),
        ([&flushed[..], b"b NOOP\r\n"].concat(), None),
        (flushed[..flushed.len() - 1].to_vec(), None),
        (ended.clone(), Some(b"")),
        (
            {
                ended.extend_from_slice(b"b NOOP\r\n");
                ended
            },
            Some(b"b NOOP\r\n"),
        ),
    ];
    for (octets, rest) in table {
        let mut stream = Deflate::new(octets.as_slice());
        let mut line = [0; 18];
        block_on(stream.read_exact(&mut line)).unwrap();
        assert_eq!(stream.is_plain_next(), rest.is_some(), "{octets:?}");
        if let Some(rest) = rest {
            assert_eq!(stream.into_inner().1, rest, "{octets:?}");
        }
    }
}

#[test]
fn what_was_inflated_before_the_damage_is_handed_on_first() {
    // NLEN is not the complement of LEN.
    let octets = b"\x00\x05\x00\xfa\xffa NOO\x00\x05\x00\x05\x00abcde";
    let mut stream = Deflate::new(octets.as_slice());
    let mut buffer = [0; 64];
    assert_eq!(block_on(stream.read(&mut buffer)).unwrap(), 5);
    let error = block_on(stream.read(&mut buffer)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    let again = block_on(stream.read(&mut buffer)).unwrap_err();
    assert_eq!(again.kind(), io::ErrorKind::InvalidData);
}

#[test]
fn a_bomb_comes_a_buffer_at_a_time() {
    let bomb = deflated(&vec![b'a'; 16 << 20]);
    assert!(bomb.len() < 20_000);
    let mut stream = Deflate::new(bomb.as_slice());
    let mut buffer = [0; 1024];
    let mut total = 0;
    block_on(async {
        while total < 16 << 20 {
            total += stream.read(&mut buffer).await.unwrap();
            let held = stream.inflater.input.capacity();
            assert!(held <= 2 * CHUNK, "{held}");
        }
        assert_eq!(stream.read(&mut buffer).await.unwrap(), 0);
    });
}

#[tokio::test(flavor = "current_thread")]
async fn a_bomb_lets_others_have_their_turn() {
    let bomb = deflated(&vec![b'a'; 16 << 20]);
    let done = std::rc::Rc::new(std::cell::Cell::new(false));
    let local = tokio::task::LocalSet::new();
    let seen = std::rc::Rc::clone(&done);
    local
        .run_until(async move {
            let reader = tokio::task::spawn_local(async move {
                read_all(&bomb, 1024).await.unwrap();
                done.set(true);
            });
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
            assert!(!seen.get(), "read to its end in one turn");
            reader.await.unwrap();
            assert!(seen.get());
        })
        .await;
}

/// Writes the answers, each with a flush, with or without a wait for the client between them,
/// and gives what went out after each.
fn written(answers: &[Vec<u8>], wait: bool) -> Vec<Vec<u8>> {
    block_on(async {
        let (near, mut far) = tokio::io::duplex(1 << 24);
        let mut stream = Deflate::new(near);
        let mut out = Vec::new();
        for answer in answers {
            stream.write_all(answer).await.unwrap();
            stream.flush().await.unwrap();
            let mut sent = vec![0; 1 << 24];
            let n = far.read(&mut sent).await.unwrap();
            out.push(sent[..n].to_vec());
            if wait {
                let mut nothing = [0; 1];
                tokio::select! {
                    biased;
                    _ = stream.read(&mut nothing) => unreachable!(),
                    () = std::future::ready(()) => {}
                }
                assert!(stream.deflater.compress.is_none());
                assert_eq!(stream.deflater.out.capacity(), 0);
                assert!(stream.deflater.history.len() <= HISTORY);
            }
        }
        out
    })
}

/// One client inflates what went out, and must have each answer after its flush.
fn assert_read(answers: &[Vec<u8>], sent: &[Vec<u8>]) {
    let mut inflate = Decompress::new(false);
    for (answer, sent) in answers.iter().zip(sent) {
        let mut plain = Vec::with_capacity(answer.len() + 1024);
        inflate
            .decompress_vec(sent, &mut plain, FlushDecompress::Sync)
            .unwrap();
        assert_eq!(&plain, answer);
    }
}

#[test]
fn a_client_has_the_whole_answer_after_each_flush() {
    let answers: Vec<Vec<u8>> = (0..50)
        .map(|n| format!("* {n} FETCH (FLAGS (\\Seen))\r\nt{n} OK Done\r\n").into_bytes())
        .chain([vec![b'x'; 300_000], b"t OK Done\r\n".to_vec()])
        .collect();
    for wait in [false, true] {
        let sent = written(&answers, wait);
        assert_read(&answers, &sent);
        // The history is used: later answers repeat the first.
        assert!(sent[40].len() < sent[0].len(), "{wait}");
    }
}

#[test]
fn no_flush_sends_nothing_when_nothing_was_written() {
    block_on(async {
        let mut stream = Deflate::new(Vec::new());
        stream.flush().await.unwrap();
        assert!(stream.inner.is_empty());
        stream.write_all(b"* OK\r\n").await.unwrap();
        stream.flush().await.unwrap();
        let once = stream.inner.len();
        stream.flush().await.unwrap();
        assert_eq!(stream.inner.len(), once);
        // RFC 1951 section 3.2.4: a flush ends with an empty stored block.
        assert!(stream.inner.ends_with(b"\x00\x00\xff\xff"));
    });
}

proptest! {
    #[test]
    fn answers_are_read_as_they_were_written(
        answers in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40_000), 1..6),
        wait: bool,
    ) {
        assert_read(&answers, &written(&answers, wait));
    }

    #[test]
    fn commands_are_read_as_they_were_sent(
        plain in prop::collection::vec(0u8..4, 0..60_000),
        piece in 1usize..20_000,
    ) {
        prop_assert_eq!(block_on(read_all(&deflated(&plain), piece)).unwrap(), plain);
    }

    #[test]
    fn damaged_streams_end_with_what_they_gave_or_an_error(
        plain in prop::collection::vec(0u8..4, 0..5_000),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut octets = deflated(&plain);
        for (at, to) in changes {
            let at = at.index(octets.len());
            octets[at] = to;
        }
        octets.truncate(cut.index(octets.len() + 1));
        // No DEFLATE stream gives more than 1032 octets for one.
        if let Ok(all) = block_on(read_all(&octets, 512)) {
            prop_assert!(all.len() <= octets.len() * 1032);
        }
    }

    #[test]
    fn any_octets_end(octets in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = block_on(read_all(&octets, 64));
    }
}
