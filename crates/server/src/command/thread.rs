//! THREAD: RFC 5256, draft-ietf-morg-inthread (REFS).

use super::search::{self, Criteria, TURN};
use super::sort::{check_charset, header_of, off_the_session};
use crate::reply::Outcome;
use crate::session::Session;
use postern_account::thread::Threader;
use postern_imap::command::Numbering;
use postern_imap::response;
use postern_imap::thread::ThreadCommand;

pub(super) async fn run(session: &mut Session, command: &ThreadCommand) -> Outcome {
    check_charset(&command.charset)?;
    let key = search::expand(session, &command.key, Some(&command.charset))?;
    let criteria = Criteria {
        numbering: command.numbering,
        charset: key.charset(Some(&command.charset)),
        collation: session.enabled.collation,
        key: &key.key,
        relevancy: false,
        all: true,
    };
    let (view, mut found) = search::find(session, criteria, false).await?;
    let live = session.selected()?.live.clone();
    let mut threader = Threader::new(command.algorithm);
    for (count, (seq, message)) in view.messages(&found.uids).enumerate() {
        if count % TURN == TURN - 1 {
            tokio::task::yield_now().await;
        }
        let header = header_of(&live, &message, criteria.collation, &mut found.unreadable).await?;
        let number = match command.numbering {
            Numbering::Sequence => seq,
            Numbering::Uid => message.stored.uid,
        };
        threader.add(number, &message, header.details());
    }
    let forest = off_the_session(move || threader.finish()).await?;
    response::thread(&mut session.io.out, &forest);
    Ok(found.reply("Thread done"))
}
