//! Who may come in: account names, credentials, SASL mechanisms.
