//! An account is a log: events, fold, plan, mailbox versions, SEARCH evaluation. Pure.
