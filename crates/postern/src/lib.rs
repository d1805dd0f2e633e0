//! The command line of Postern and what starts the server: configuration, accounts, privileges,
//! logs, the control socket.

pub mod account_command;
mod account_log;
pub mod account_quota;
pub mod acl_command;
pub mod backup;
pub mod check;
pub mod cli;
pub mod collect;
pub mod config;
pub mod control;
pub mod data;
pub mod failure;
pub mod history;
pub mod logging;
pub mod output;
pub mod password_input;
pub mod privileges;
pub mod restore;
pub mod serve;
mod start;
pub mod trial;
pub mod when;
