//! The command line of Postern and what starts the server: configuration, accounts, privileges,
//! logs, the control socket.

pub mod config;
