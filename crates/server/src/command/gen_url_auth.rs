//! GENURLAUTH: RFC 4467 section 7.

use crate::reply::{Failure, Outcome, Reply};
use crate::session::Session;
use crate::urlauth::{INTERNAL, fresh_key, token};
use bytes::Bytes;
use postern_account::acl::Rights;
use postern_account::plan;
use postern_imap::imapurl::AuthorizedUrl;
use postern_imap::response;

pub(super) async fn run(session: &mut Session, urls: &[(Bytes, String)]) -> Outcome {
    let mut authorized = Vec::new();
    for (url, mechanism) in urls {
        authorized.push(authorize(session, url, mechanism).await?);
    }
    response::genurlauth(&mut session.io.out, authorized);
    Ok(Reply::ok("URLs authorized"))
}

/// The URL with its token.
async fn authorize(session: &Session, url: &Bytes, mechanism: &str) -> Result<String, Failure> {
    if mechanism != INTERNAL {
        return Err(Reply::bad("The only mechanism is INTERNAL").into());
    }
    let url = AuthorizedUrl::parse(url).map_err(|why| Reply::bad(why.to_string()))?;
    if url.token.is_some() {
        return Err(Reply::bad("The URL is authorized already").into());
    }
    if !session.is_this_server(url.host) {
        return Err(Reply::bad("The URL is of another server").into());
    }
    if !session.is_user(&url.user)? {
        return Err(Reply::bad("The URL is not of the account signed in").into());
    }
    let none = || Failure::from(Reply::bad("The URL names no mailbox that there is"));
    let place = session.place_named(url.message.mailbox.clone()).await?;
    // A key is its account's own: in another's account it would authorize as that account.
    let own = session.login()?.live.is(&place.live);
    if !own || place.permitted_any(Rights::READ).is_err() {
        return Err(none());
    }
    let fresh = fresh_key()?;
    let key = place
        .live
        .change(|account, _| plan::access_key(account, &place.name, fresh))
        .await?
        .value;
    let (rump, token) = (url.rump, token(&key, url.rump));
    Ok(format!("{rump}:internal:{token}"))
}
