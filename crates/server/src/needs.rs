//! Which extensions a command makes use of, so that one that is masked is refused like one that
//! is not known.
//!
//! What only the answers have more of (APPENDUID, `\HasChildren`, special uses) is left as it
//! is, and a literal is read however it comes: to refuse those would break more than it hides.

use postern_imap::command::{
    Append, AppendData, AppendMessage, CommandBody, List, Numbering, StatusItem,
};
use postern_imap::fetch::{FetchItem, FetchModifiers};
use postern_imap::search::{SearchCommand, SearchKey, SearchReturn};
use postern_imap::sort::{SortCommand, SortKey};
use postern_imap::thread::ThreadAlgorithm;

/// Part of IMAP4rev2 (RFC 9051 appendix E): who has enabled that may use them, whatever is
/// announced by name.
const REV2: &[&str] = &[
    "BINARY",
    "ENABLE",
    "ESEARCH",
    "IDLE",
    "LIST-EXTENDED",
    "LIST-STATUS",
    "MOVE",
    "NAMESPACE",
    "SEARCHRES",
    "STATUS=SIZE",
    "UIDPLUS",
    "UNSELECT",
];

/// Whether the command uses an extension that is hidden.
pub(crate) fn hidden(command: &CommandBody, rev2: bool, is_masked: impl Fn(&str) -> bool) -> bool {
    let mut needed = Vec::new();
    collect(command, &mut needed);
    let mut needed = needed.into_iter();
    needed.any(|name| !(rev2 && REV2.contains(&name)) && is_masked(name))
}

fn collect(command: &CommandBody, needed: &mut Vec<&'static str>) {
    use CommandBody as C;
    match command {
        C::Id(_) => needed.push("ID"),
        C::Enable(_) => needed.push("ENABLE"),
        C::Idle => needed.push("IDLE"),
        C::Namespace => needed.push("NAMESPACE"),
        C::Unselect => needed.push("UNSELECT"),
        C::Unauthenticate => needed.push("UNAUTHENTICATE"),
        C::Compress => needed.push("COMPRESS=DEFLATE"),
        C::Expunge(Some(_)) => needed.push("UIDPLUS"),
        C::Move { .. } => needed.push("MOVE"),
        C::GetMetadata(_) | C::SetMetadata(_) => needed.push("METADATA"),
        C::Notify(_) => needed.push("NOTIFY"),
        C::GenUrlAuth(_) | C::ResetKey { .. } => needed.push("URLAUTH"),
        C::UrlFetch(urls) => {
            needed.push("URLAUTH");
            let mut extended = urls.iter().filter_map(|fetch| fetch.parameters);
            needed.extend(extended.next().map(|_| "URLAUTH=BINARY"));
        }
        C::SetAcl(_) | C::DeleteAcl(_) | C::GetAcl(_) | C::ListRights(_) | C::MyRights(_) => {
            needed.push("ACL")
        }
        C::CancelUpdate(_) => needed.push("CONTEXT=SEARCH"),
        C::Create(create) if !create.uses.is_empty() => needed.push("CREATE-SPECIAL-USE"),
        C::Select(select) | C::Examine(select) => {
            needed.extend(select.condstore.then_some("CONDSTORE"));
            needed.extend(select.qresync.as_ref().map(|_| "QRESYNC"));
        }
        C::List(list) => of_list(list, needed),
        C::Status { items, .. } => of_status(items, needed),
        C::Append(append) => of_append(append, needed),
        C::Replace(replace) => {
            needed.push("REPLACE");
            of_message(&replace.message, needed);
        }
        C::GetQuota(_) | C::GetQuotaRoot(_) => needed.push("QUOTA"),
        C::SetQuota(_) => needed.extend(["QUOTA", "QUOTASET"]),
        C::Comparator(_) => needed.push("I18NLEVEL=2"),
        C::Language(_) => needed.push("LANGUAGE"),
        C::Search(search) => of_search(search, needed),
        C::MultiSearch(multi) => {
            needed.push("MULTISEARCH");
            of_search(&multi.search, needed);
        }
        C::Sort(sort) => of_sort(sort, needed),
        C::Thread(thread) => {
            needed.push(match thread.algorithm {
                ThreadAlgorithm::OrderedSubject => "THREAD=ORDEREDSUBJECT",
                ThreadAlgorithm::References => "THREAD=REFERENCES",
                ThreadAlgorithm::Refs => "THREAD=REFS",
            });
            of_key(&thread.key, needed);
        }
        C::Fetch {
            items,
            modifiers,
            numbering,
            ..
        } => of_fetch(items, *modifiers, *numbering, needed),
        C::Store {
            unchanged_since: Some(_),
            ..
        } => needed.push("CONDSTORE"),
        _ => {}
    }
}

fn of_list(list: &List, needed: &mut Vec<&'static str>) {
    needed.extend(list.extended.then_some("LIST-EXTENDED"));
    needed.extend((!list.ret.metadata.is_empty()).then_some("LIST-METADATA"));
    needed.extend(list.ret.my_rights.then_some("LIST-MYRIGHTS"));
    if let Some(items) = &list.ret.status {
        needed.push("LIST-STATUS");
        of_status(items, needed);
    }
}

fn of_status(items: &[StatusItem], needed: &mut Vec<&'static str>) {
    needed.extend(items.iter().filter_map(|item| match item {
        StatusItem::HighestModseq => Some("CONDSTORE"),
        StatusItem::MailboxId => Some("OBJECTID"),
        StatusItem::AppendLimit => Some("APPENDLIMIT"),
        StatusItem::Size => Some("STATUS=SIZE"),
        StatusItem::DeletedStorage => Some("QUOTA=RES-STORAGE"),
        _ => None,
    }));
}

fn of_append(append: &Append, needed: &mut Vec<&'static str>) {
    needed.extend((append.messages.len() > 1).then_some("MULTIAPPEND"));
    for message in &append.messages {
        of_message(message, needed);
    }
}

fn of_message(message: &AppendMessage, needed: &mut Vec<&'static str>) {
    match &message.data {
        AppendData::Catenate(_) => needed.push("CATENATE"),
        AppendData::Message { binary: true, .. } => needed.push("BINARY"),
        AppendData::Message { .. } => {}
    }
}

fn of_search(search: &SearchCommand, needed: &mut Vec<&'static str>) {
    needed.extend(search.ret.as_ref().map(|_| "ESEARCH"));
    of_return(search.ret.as_ref(), needed);
    of_key(&search.key, needed);
}

fn of_sort(sort: &SortCommand, needed: &mut Vec<&'static str>) {
    needed.push("SORT");
    let is_display = |key| matches!(key, SortKey::DisplayFrom | SortKey::DisplayTo);
    let mut displayed = sort.criteria.iter().filter(|by| is_display(by.key));
    needed.extend(displayed.next().map(|_| "SORT=DISPLAY"));
    if let Some(ret) = &sort.ret {
        needed.push("ESORT");
        needed.extend((ret.context || ret.update).then_some("CONTEXT=SORT"));
    }
    of_return(sort.ret.as_ref(), needed);
    of_key(&sort.key, needed);
}

fn of_return(ret: Option<&SearchReturn>, needed: &mut Vec<&'static str>) {
    let Some(ret) = ret else { return };
    needed.extend(ret.save.then_some("SEARCHRES"));
    needed.extend((ret.context || ret.update).then_some("CONTEXT=SEARCH"));
    needed.extend(ret.partial.map(|_| "PARTIAL"));
    needed.extend(ret.relevancy.then_some("SEARCH=FUZZY"));
}

fn of_key(key: &SearchKey, needed: &mut Vec<&'static str>) {
    let mut keys = vec![key];
    while let Some(key) = keys.pop() {
        match key {
            SearchKey::Older(_) | SearchKey::Younger(_) => needed.push("WITHIN"),
            SearchKey::EmailId(_) | SearchKey::ThreadId(_) => needed.push("OBJECTID"),
            SearchKey::SavedBefore(_)
            | SearchKey::SavedOn(_)
            | SearchKey::SavedSince(_)
            | SearchKey::SaveDateSupported => needed.push("SAVEDATE"),
            SearchKey::UidAfter(_) | SearchKey::UidBefore(_) => needed.push("MESSAGELIMIT"),
            SearchKey::Modseq(_) => needed.push("CONDSTORE"),
            SearchKey::Filter(_) => needed.push("FILTERS"),
            SearchKey::Fuzzy(one) => {
                needed.push("SEARCH=FUZZY");
                keys.push(one);
            }
            SearchKey::And(all) => keys.extend(all),
            SearchKey::Not(one) => keys.push(one),
            SearchKey::Or(one, other) => keys.extend([one.as_ref(), other.as_ref()]),
            _ => {}
        }
    }
}

fn of_fetch(
    items: &[FetchItem],
    modifiers: FetchModifiers,
    numbering: Numbering,
    needed: &mut Vec<&'static str>,
) {
    needed.extend(items.iter().filter_map(|item| match item {
        FetchItem::Modseq => Some("CONDSTORE"),
        FetchItem::Binary { .. } | FetchItem::BinarySize { .. } => Some("BINARY"),
        FetchItem::EmailId | FetchItem::ThreadId => Some("OBJECTID"),
        FetchItem::SaveDate => Some("SAVEDATE"),
        FetchItem::Preview { .. } => Some("PREVIEW"),
        _ => None,
    }));
    needed.extend(modifiers.changed_since.map(|_| "CONDSTORE"));
    needed.extend(modifiers.vanished.then_some("QRESYNC"));
    let partial = modifiers.partial.filter(|_| numbering == Numbering::Uid);
    needed.extend(partial.map(|_| "PARTIAL"));
}
